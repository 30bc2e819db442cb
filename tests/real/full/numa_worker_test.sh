#!/usr/bin/env bash
# The emitted array script as it is, on a real Slurm that binds its tasks (task/affinity), in a guest of two NUMA nodes: two
# workers of one run, half a node each, with the real homodyne. Each stays inside its allocation and has its pages on the memory
# of those CPUs, by what the kernel says while it runs and by its own proof. Emulated: about half an hour.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/../../lab/lib.sh"
[ -n "$HOMODYNE_VENV" ] || { skip "workers in a guest" "no environment with homodyne (HOMODYNE_VENV)"; summary; }
guest_slurm "workers of a Slurm with task/affinity in a guest"
python=$HOMODYNE_VENV/bin/python
cd "$T" || exit 1
mkdir analysis
"$python" "$REPO/examples/make_xpcs.py" analysis/data --frames 64 --phi 0,30,60,90,120,150 --seed 3 >/dev/null
# homodyne's own time limit of a shard grows with its points at most: emulated, its 600 s would be short.
"$python" "$REPO/examples/make_config.py" analysis/data analysis/config.yaml optimization.mcmc.num_warmup=20 \
    optimization.mcmc.num_samples=10 optimization.mcmc.num_chains=2 optimization.cmc.sharding.num_shards=2 \
    optimization.cmc.sharding.max_points_per_shard=200000 optimization.cmc.heartbeat_timeout=3000
options=(--config config.yaml --mode cmc --app "$HOMODYNE_VENV/bin/homodyne" --per machine --reserve-cores 0 --num-workers 1
    --accept ess --accept r-hat --accept divergences --accept tension)
cd analysis || exit 1
check "the same analysis on this machine" "$HLAUNCH" run "${options[@]}" --quiet --output "$T/whole"
cp -r ../whole/nlsq/out nlsq

guest_files+=(-b "$(command -v bash)" -f "$REPO/templates" -f "$REPO/src/homodyne/shim" -f "$T/analysis" -d "$HOMODYNE_VENV" -d "$(cd "$(dirname "$(readlink -f "$python")")/.." && pwd)")
guest_seconds=3400
guest roomy 9 <<CHECKS
$guest_slurm
cd "$T/analysis"
mkdir /tmp/out
hlaunch script slurm-array $(printf '%q ' "${options[@]}") --nlsq-result nlsq --nodes 2 --output /tmp/out --topology "pack:1 core:2 pu:1" \
  --no-forecast --set memory=none --set walltime=2h >/tmp/job.sh || exit
$(cat <<'INSIDE'
sbatch /tmp/job.sh || exit

# A line for each process of an instance, every few seconds: its worker, CPUs, anonymous pages on the two nodes, command.
watch() {
  for process in /proc/[0-9]*; do
    cwd=$(readlink "$process/cwd") || continue
    case $cwd in /tmp/out/workers/*/parts/*) ;; *) continue ;; esac
    worker=${cwd#/tmp/out/workers/}
    cpus=$(sed -n 's/^Cpus_allowed_list:[^0-9]*//p' "$process/status" 2>/dev/null)
    pages=$(awk '/ anon=/ { for (i = 1; i <= NF; i++) { split($i, f, "="); if (f[1] == "N0" || f[1] == "N1") n[f[1]] += f[2] } } END { print n["N0"] + 0, n["N1"] + 0 }' "$process/numa_maps" 2>/dev/null)
    [ -z "$cpus" ] || [ -z "$pages" ] || echo "${worker%%/*} $cpus $pages $(cat "$process/comm")" >>/tmp/watched
  done 2>/dev/null
}
minute=0
while [ -n "$(squeue -h -t pending,running,completing)" ]; do
  watch
  sleep 5
  now=$(($(cut -d. -f1 /proc/uptime) / 60))
  [ "$now" = "$minute" ] || { minute=$now; echo "minute $now: $(ls /tmp/out/workers/*/parts/*/shards 2>/dev/null | grep -c npz) shards; $(tail -n 1 /tmp/watched)"; tail -q -n 1 /tmp/out/*.log; }
done
is() { if [ "$2" = "$3" ]; then echo "ok $1"; else echo "FAILED $1: '$3' instead of '$2'"; fi; }
is "both elements end well" 2 "$(scontrol show job | grep -c 'JobState=COMPLETED')"
is "two workers drew" 2 "$(ls /tmp/out/workers | wc -l)"
is "each shard once" "00000.npz 00001.npz" "$(echo $(ls /tmp/out/workers/*/parts/*/shards | grep npz | sort))"
is "each worker on its own half of the node" "0-1 2-3" "$(echo $(cut -d' ' -f2 /tmp/watched | sort -u))"
is "and never elsewhere" "1 1" "$(for worker in $(cut -d' ' -f1 /tmp/watched | sort -u); do grep "^$worker " /tmp/watched | cut -d' ' -f2 | sort -u | wc -l; done | xargs)"
share() { # of the pages of CPUS, when there were most, in percent on node N0 or N1
  awk -v cpus="$1" -v node="$2" '$2 == cpus && $3 + $4 > most { most = $3 + $4; here = $(3 + node) } END { print (most * 4096 > 300e6 ? int(100 * here / most) : "too few") }' /tmp/watched
}
for node in 0 1; do
  cpus=$((2 * node))-$((2 * node + 1)) percent=$(share "$((2 * node))-$((2 * node + 1))" $node)
  case $percent in 9[89] | 100) echo "ok the pages of CPUs $cpus are on node $node" ;; *) echo "FAILED the pages of CPUs $cpus are on node $node: $percent %" ;; esac
done
is "their own proofs say so" "2 2" "$(cat /tmp/out/workers/*/parts/*/proof.json | tr -d ' \n' | grep -oE '"name":"(affinity|memory)","ok":true' | sort | uniq -c | awk '{ print $1 }' | xargs)"
sort /tmp/watched | awk '{ key = $1 " on CPUs " $2 ": " $5; if ($3 + $4 > most[key]) { most[key] = $3 + $4; said[key] = $3 " and " $4 " pages" } } END { for (key in said) print "at most:", key, said[key] }'
hlaunch status /tmp/out
is "nothing is left running" "" "$(ls -l /proc/[0-9]*/cwd 2>/dev/null | grep -o '/tmp/out/workers.*')"
tail -n 5 /tmp/out/*.log
INSIDE
)
CHECKS
summary
