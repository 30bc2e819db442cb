#!/usr/bin/env bash
# Two workers that share a run folder, as a script starts them on two nodes: one prepares, each draws its share, and all
# draws and the merged ones are bitwise those of one run on one machine. One is killed: the merge job tells which.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/../lib.sh"
make_reference_scan data
make_sampling_yaml data config.yaml 70 50 optimization.cmc.sharding.num_shards=4
export HLAUNCH_JIT_CACHE=$T/jit
common=(--mode cmc --config config.yaml --app "$homodyne" --per cores:1 --reserve-cores 0 --quiet)
accept=(--accept ess --accept r-hat --accept divergences)
worker() { # FOLDER RANK OPTION...
    local folder=$1 rank=$2
    shift 2
    "$HLAUNCH" worker "${common[@]}" --output "$folder" --grace 5 --job test --rank "$rank" --ranks 2 \
        --local-rank "$rank" --local-ranks 2 "$@" </dev/null
}

worker shared 0 2>zero.err &
zero=$!
worker shared 1 2>one.err &
one=$! code=0
wait "$zero" || code=$?
check_equal "worker 0 ends well" "0 " "$code $(cat zero.err)"
code=0
wait "$one" || code=$?
check_equal "worker 1 ends well" "0 " "$code $(cat one.err)"
check_equal "one of them prepared the run" "1 1" "$(grep -c '"event":"prepared"' shared/journal.jsonl) $(grep -c '"event":"end".*"stage":"nlsq"' shared/journal.jsonl)"
check_equal "each shard was drawn once" "00000.npz 00001.npz 00002.npz 00003.npz" "$(shards shared/workers)"
check_equal "half of them by each" "2 2" "$(shards shared/workers/test-0 | wc -w) $(shards shared/workers/test-1 | wc -w)"
check "the merge job merges" "$HLAUNCH" run "${common[@]}" "${accept[@]}" --output shared --merge-only
check "one run on one machine, of the same NLSQ" "$HLAUNCH" run "${common[@]}" "${accept[@]}" --output whole --nlsq-result shared/nlsq/out
check "the merged draws, bitwise" same_merged whole shared
check "the workers once more: nothing is left to do" worker shared 0
check_equal "and nothing was drawn again" "00000.npz 00001.npz 00002.npz 00003.npz" "$(shards shared/workers)"

# One is killed while it draws: the other goes on with what that one leaves once it is known to be gone.
sampling() { [ -n "$(pgrep -f -- "homodyne.*$T/lost/workers/test-1/part[s]")" ]; }
worker lost 0 --nlsq-result shared/nlsq/out 2>zero.err &
zero=$!
setsid "$HLAUNCH" worker "${common[@]}" --output lost --grace 5 --job test --rank 1 --ranks 2 --local-rank 1 --local-ranks 2 \
    --nlsq-result shared/nlsq/out </dev/null 2>/dev/null &
one=$!
check "worker 1 draws" wait_for 300 sampling
kill -KILL "$one"
kill -STOP "$zero"
check_exit "the merge job refuses what is not whole" 1 "$HLAUNCH" run "${common[@]}" "${accept[@]}" --output lost --nlsq-result shared/nlsq/out --merge-only
check "and tells who is missing" grep -q "worker test-1 on .*: it ended without a word" check.err
kill -CONT "$zero"
code=0
wait "$zero" || code=$?
check_equal "worker 0 ends well, with the other's share" "0 4" "$code $(shards lost/workers | tr ' ' '\n' | sort -u | wc -l)"
check "the merge job merges" "$HLAUNCH" run "${common[@]}" "${accept[@]}" --output lost --nlsq-result shared/nlsq/out --merge-only
check "the merged draws, bitwise" same_merged whole lost

# A stop from another shell reaches the workers, which no scheduler cancels.
worker stopped 0 --nlsq-result shared/nlsq/out 2>/dev/null &
zero=$!
draws() { [ -n "$(pgrep -f -- "homodyne.*$T/stopped/workers/test-0/part[s]")" ]; }
check "a worker draws" wait_for 300 draws
"$HLAUNCH" stop stopped --wait >stop.out || :
code=0
wait "$zero" || code=$?
check_equal "hlaunch stop ends it in order" "143 worker test-0 on $(hostname):" "$code $(head -n 1 stop.out)"
check "and tells how" grep -q '^ended: ' stop.out
check_equal "nothing is left of it" "" "$(pgrep -f -- "homodyne.*$T/stopped/part[s]|homodyne.*$T/stopped/worker[s]" || :)"
summary
