#!/usr/bin/env bash
# The real main job over nodes of a real Slurm, by the emitted scripts as they are: from submit to the merged result; what the
# scheduler refuses; out of time, requeued and finished without doing anything twice; an array of which one element fails,
# one is killed and one is cancelled; a node that the scheduler loses in mid-job. Nothing is left of any of them.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/real/slurm_cluster.sh
. "$REPO/tests/real/slurm_cluster.sh"
if ! slurm_is_there || [ "$(id -u)" != 0 ]; then
    skip "the main job on a real Slurm" "needs root, slurm-wlm and munge"
    summary
fi
# tests_cleanup goes by the exit status that it finds.
trap 'code=$?; stop_slurm; (exit "$code"); tests_cleanup' EXIT
code=0
start_slurm "$T/slurm" 5 || code=$?
check_equal "a Slurm of five nodes runs" 0 "$code"

make_cluster_analysis
common=("${analysis[@]}" --set memory=none --set walltime=30m --no-forecast --node n1)
all="00000.npz 00001.npz 00002.npz 00003.npz"

for kind in slurm slurm-array slurm-merge; do
    "$HLAUNCH" script $kind "${common[@]}" --nodes 2 --output shown >$kind.sh
    check "$kind: Slurm takes the script" sbatch --test-only $kind.sh
done
check_exit "what the cluster cannot give is refused before it is submitted, in Slurm's words" 2 \
    "$HLAUNCH" submit slurm "${common[@]}" --nodes 6 --output many
check "with its reason" grep -qE "sbatch --test-only refuses .*: allocation failure" check.err
check_exit "nor more memory than a node has" 2 "$HLAUNCH" submit slurm "${analysis[@]}" --memory 1TiB --set walltime=30m --node n1 --output many
check "with its reason" grep -q "Requested node configuration is not available" check.err
check "nothing was submitted" test ! -e many/submit.json

# What the step sees: a worker that tells its environment, in the script as it is. A FAKE hlaunch for this alone.
cat >fake_worker <<'F'
#!/bin/sh
[ "$1" != worker ] || echo "step: home ${HOME:-none} site ${SITEVAR:-none} library ${LD_LIBRARY_PATH:-none} memory ${SLURM_MEM_PER_CPU:-none}" >&2
F
chmod +x fake_worker
# step NAME SCRIPT-OPTION...: what it tells; sbatch is called with whatever is set for this call.
step() {
    local name=$1 job
    shift
    "$HLAUNCH" script slurm "${analysis[@]}" --set walltime=30m --node n1 --no-forecast --output "$T/$name" --set environment.SITEVAR=x \
        --set 'prologue=export LD_LIBRARY_PATH=/opt/site/lib:$LD_LIBRARY_PATH' "$@" | sed "s#^hlaunch=.*#hlaunch=$T/fake_worker#" >"$name.sh"
    job=$(sbatch --parsable "$name.sh")
    wait_for 300 job_ended "$job"
    sed -n "s#$HOME#HOME#; s/^step: //p" "$name/slurm-$job.log"
}
seen="home HOME site x library /opt/site/lib: memory none"
check_equal "the step sees the job's environment, though --export=NONE" "$seen" "$(step none --set memory=none --set directives=--export=NONE)"
check_equal "though SBATCH_EXPORT=NONE at sbatch" "$seen" "$(SBATCH_EXPORT=NONE step none-env --set memory=none)"
check_equal "submitted from inside another job: its memory is not taken" "$seen" \
    "$(SLURM_MEM_PER_CPU=100 SLURM_MEM_PER_GPU=1 SLURM_CPU_BIND=map_cpu:0 SLURM_TIMELIMIT=1 step inside --memory 500M)"
check_equal "also where the site asks for memory by CPU" "${seen% none} $((500 / 2))" "$(SLURM_MEM_PER_NODE=100 step by-cpu --memory 500M --set memory=mem-per-cpu)"

id=$("$HLAUNCH" submit slurm "${common[@]}" --nodes 2 --output res | cut -d' ' -f1)
check_exit "the same run is not submitted twice" 2 "$HLAUNCH" submit slurm "${common[@]}" --nodes 2 --output res
check "but told which job has it" grep -q "job $id of this run is in the queue already" check.err
"$HLAUNCH" submit slurm "${common[@]}" --nodes 1 --output stopped >stopped.id
check "a submitted run is stopped" "$HLAUNCH" stop stopped
check "the job ends" wait_for 1800 job_ended "$id"
check "well" job_is "$id" COMPLETED
[ -e res/merged/cmc/samples.npz ] || tail -n 30 res/slurm-*.log >&2
check_equal "each shard was drawn once, half by each node" "$all / 2 2" \
    "$(shards res/workers) / $(shards "res/workers/slurm-$id-0" | wc -w) $(shards "res/workers/slurm-$id-1" | wc -w)"
check "status tells merged, and the workers" bash -c '"$1" status res >status.txt; grep -q "^res: merged" status.txt && [ "$(grep -c "^slurm-.*done" status.txt)" = 2 ]' _ "$HLAUNCH"
"$HLAUNCH" status res --json >status.json
check_json "its JSON, and the claims, are what docs/schemas says" status.json res/claims.json res/submit.json
check "and the stopped one was cancelled" job_is "$(cut -d' ' -f1 stopped.id)" CANCELLED
check "one run on this machine, of the same NLSQ" "$HLAUNCH" run "${analysis[@]}" --quiet --output whole --nlsq-result res/nlsq/out
check "the merged draws, bitwise" same_merged whole res

# Out of time: the time ends in mid-work (an operator has shortened it), Slurm's warning comes before it as --signal says, 0 to
# 30 s after now. One node, whose instance stands still from here on: however fast the machine, there is work left, and it is
# known what there was before the warning (the second start may have done the rest before anybody looks).
nlsq=(--nlsq-result res/nlsq/out)
draws() { pgrep -f -- "homodyne.*$T/$1/part[s]"; }
late=$("$HLAUNCH" submit slurm "${common[@]}" "${nlsq[@]}" --nodes 1 --output late --set lead_s=10 --grace 5 | cut -d' ' -f1)
one_is_there() { [ -n "$(shards late/workers)" ]; }
check "out of time: a shard is there" wait_for 900 one_is_there
check "out of time: the next is being drawn" wait_for 300 draws "late/workers/slurm-$late-0"
# shellcheck disable=SC2046
hold $(draws "late/workers/slurm-$late-0")
shard_files late >kept
check "out of time: some are there, not all" test 1 -le "$(wc -l <kept)" -a "$(wc -l <kept)" -lt 4
scontrol update JobId="$late" EndTime=now+40seconds

# Meanwhile an array. Its first element lacks memory as soon as another draws; one is killed with all it has started, one
# is cancelled.
prologue='if [ "${SLURM_ARRAY_TASK_ID:-}" = 0 ]; then until [ -s array/claims.json ]; do sleep 0.2; done; ulimit -v 1000000; fi'
ids=$("$HLAUNCH" submit slurm-array "${common[@]}" "${nlsq[@]}" --nodes 3 --output array --set "prologue=$prologue")
id=$(sed -n 's/ work$//p' <<<"$ids") merge=$(sed -n 's/ merge$//p' <<<"$ids")
both_draw() { draws "array/workers/slurm-$id-1" && draws "array/workers/slurm-$id-2"; }
check "array: two elements draw" wait_for 900 both_draw
# (scancel --signal=KILL is no more than a scancel: TERM first.)
kill -KILL "$(sed -n 's/.*"event":"worker".*"pid":\([0-9]*\).*/\1/p' "array/workers/slurm-$id-1/journal.jsonl")"
scancel "${id}_2"
check "array: the merge job runs behind them" wait_for 900 job_is "$merge" FAILED
said() { check "array: it tells $1" grep -qE "^hlaunch: worker slurm-$id-$2 on .*: $3" array/slurm-"$merge".log; }
if [[ $(ldd "$HLAUNCH") == *lib[at]san* ]]; then
    skip "array: it tells which failed, and why" "under that limit a sanitized hlaunch cannot start itself"
else
    said "which failed, and why" 0 "part 000 "
fi
said "which was killed" 1 "it ended without a word"
said "which was cancelled" 2 "it was stopped by signal 15"
check "array: nothing is left running" bash -c '! pgrep -f -- "homodyne.*$1/array/part[s]|homodyne.*$1/array/worker[s]"' _ "$T"

check "out of time: the workers stop, the job is requeued" wait_for 900 grep -qs 'requeueing the job, the rest is done then' late/slurm-"$late".log
check "requeued: it ends" wait_for 1800 job_is "$late" COMPLETED
check "requeued: it was the second start" grep -q ', start 2$' late/slurm-"$late".log
check_equal "requeued: each shard once" "$all" "$(shards late/workers)"
check_equal "requeued: nothing was drawn again" "$(cat kept)" "$(shard_files late kept)"
check "requeued: the merged draws, bitwise" same_merged whole late

# The daemon of a node dies, Slurm gives the node up and starts the job on others; but what it had started there still runs.
id=$("$HLAUNCH" submit slurm "${common[@]}" "${nlsq[@]}" --nodes 2 --output lost | cut -d' ' -f1)
other() { scontrol show hostnames "$(squeue --noheader --jobs="$1" --format=%N)" | tail -n 1; }
check "node lost: its worker draws" wait_for 900 draws "lost/workers/slurm-$id-1"
node=$(other "$id")
kill_slurmd "$node"
# shellcheck disable=SC2046
hold $(draws "lost/workers/slurm-$id-1")
scontrol update NodeName="$node" State=DOWN Reason="its slurmd was killed"
check "node lost: the job starts again on others" wait_for 900 grep -qs ', start 2$' lost/slurm-"$id".log
check "node lost: which wait for what the lost one draws" wait_for 900 grep -qs "waiting for slurm-$id-1, which draws the rest" lost/slurm-"$id".log
check "node lost: two of one name do not meet" test -d "lost/workers/slurm-$id-1.2"
start_slurmd "$node"
check "node lost: its slurmd is back and ends it; the job ends" wait_for 1800 job_is "$id" COMPLETED
check_equal "node lost: each shard once" "$all" "$(shards lost/workers)"
check "node lost: the merged draws, bitwise" same_merged whole lost
check "nothing is left running" bash -c '! pgrep -f -- "homodyne.*$1/.*/part[s]"' _ "$T"
summary
