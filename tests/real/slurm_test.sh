#!/usr/bin/env bash
# The real main job over two nodes of a real Slurm: the emitted script as it is, from submit to the merged result; what the
# scheduler refuses; out of time, requeued and finished without doing anything twice; cancelled, and nothing is left.
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
start_slurm "$T/slurm" || code=$?
check_equal "a Slurm of two nodes runs" 0 "$code"

make_scan data --frames 64 --phi 0,30,60,90,120,150 --seed 3
make_sampling_yaml data config.yaml 60 40 optimization.cmc.sharding.num_shards=4
common=(--config config.yaml --mode cmc --app "$homodyne" --per machine --reserve-cores 0 --accept ess --accept r-hat
    --accept divergences --jit-cache "$T/jit" --set memory=none --set walltime=30m --no-forecast --node n1)
shards() { find "$1" -name '0*.npz' -printf '%f\n' | sort | xargs; }

"$HLAUNCH" script slurm "${common[@]}" --nodes 2 --output shown >shown.sh
check "the script is bash" bash -n shown.sh
check_exit "what the cluster cannot give is refused before it is submitted, in Slurm's words" 2 \
    "$HLAUNCH" submit slurm "${common[@]}" --nodes 3 --output many
check "with its reason" grep -qE "sbatch --test-only refuses .*: allocation failure" check.err
check "nothing was submitted" test ! -e many/submit.json

id=$("$HLAUNCH" submit slurm "${common[@]}" --nodes 2 --output res | cut -d' ' -f1)
check_exit "the same run is not submitted twice" 2 "$HLAUNCH" submit slurm "${common[@]}" --nodes 2 --output res
check "but told which job has it" grep -q "job $id of this run is in the queue already" check.err
check "the job ends" wait_for 600 job_ended "$id"
check "well" job_is "$id" COMPLETED
[ -e res/merged/cmc/samples.npz ] || tail -n 30 res/slurm-*.log >&2
check_equal "each shard was drawn once, half by each node" "00000.npz 00001.npz 00002.npz 00003.npz / 2 2" \
    "$(shards res/workers) / $(shards "res/workers/slurm-$id-0" | wc -w) $(shards "res/workers/slurm-$id-1" | wc -w)"
check "status tells merged, and the workers" bash -c '"$1" status res | tee status.txt | grep -q "^res: merged" && [ "$(grep -c "^slurm-.*done" status.txt)" = 2 ]' _ "$HLAUNCH"
"$HLAUNCH" status res --json >status.json
check_json "its JSON, and the claims, are what docs/schemas says" status.json res/claims.json res/submit.json
check "one run on this machine, of the same NLSQ" "$HLAUNCH" run --config config.yaml --mode cmc --app "$homodyne" --per machine --reserve-cores 0 \
    --accept ess --accept r-hat --accept divergences --jit-cache "$T/jit" --quiet --output whole --nlsq-result res/nlsq/out
check "the merged draws, bitwise" "$python" "$real/same_draws.py" whole/merged/cmc/samples.npz res/merged/cmc/samples.npz

# Out of time: the warning comes (as --signal sends it) when a shard is there, the job is requeued, the rest is done then.
nlsq=(--nlsq-result res/nlsq/out --num-workers 1 --set lead_s=20)
id=$("$HLAUNCH" submit slurm "${common[@]}" "${nlsq[@]}" --nodes 2 --output late | cut -d' ' -f1)
one_is_there() { [ -n "$(shards late/workers)" ]; }
check "out of time: a shard is there" wait_for 300 one_is_there
scancel --signal=USR1 "$id.0"
requeued() { grep -q 'requeued, the rest is done then' late/slurm-*.log; }
check "out of time: the workers stop, the job is requeued" wait_for 120 requeued
find late -name '0*.npz' -printf '%f %i %T@\n' | sort >kept
late=$id  # Slurm lets a requeued job wait for two minutes: meanwhile

# Two elements of an array are cancelled in mid-sampling: the merge job behind them tells which, and nothing is left.
ids=$("$HLAUNCH" submit slurm-array "${common[@]}" "${nlsq[@]}" --nodes 2 --output array)
id=$(sed -n 's/ work$//p' <<<"$ids") merge=$(sed -n 's/ merge$//p' <<<"$ids")
both_draw() { [ "$(pgrep -fc -- "homodyne.*$T/array/workers/slurm-[0-9]*-[01]/part[s]")" -ge 2 ]; }
check "array: both elements draw" wait_for 300 both_draw
scancel "$id"
check "array: the merge job runs behind them" wait_for 120 job_is "$merge" FAILED
check_equal "array: and tells which were stopped" "2" "$(grep -cE "^hlaunch: worker slurm-$id-[01] on .*: it was stopped by signal 15" array/slurm-"$merge".log)"
check "array: nothing is left running" bash -c '! pgrep -f -- "homodyne.*$1/array/part[s]|homodyne.*$1/array/worker[s]"' _ "$T"

check "requeued: it ends" wait_for 600 job_is "$late" COMPLETED
check "requeued: it was the second start" grep -q ', start 2$' late/slurm-*.log
check_equal "requeued: nothing was drawn again" "$(cat kept)" \
    "$(find late -name '0*.npz' -printf '%f %i %T@\n' | sort | grep -F "$(cut -d' ' -f1 kept)")"
check "requeued: the merged draws, bitwise" "$python" "$real/same_draws.py" whole/merged/cmc/samples.npz late/merged/cmc/samples.npz
summary
