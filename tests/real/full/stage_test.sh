#!/usr/bin/env bash
# --stage on the real homodyne: it reads the copies in memory, and the draws and the analysis' identity stay what they are.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/../lib.sh"
make_scan data --frames 48 --phi 0,60,120 --seed 3
make_sampling_yaml data config.yaml 10 10 optimization.cmc.sharding.num_shards=2
# The merge refuses so few draws: only the draws themselves are compared.
run() {
    "$HLAUNCH" --mode cmc --config config.yaml --app "$homodyne" --per cores:1 --accept nlsq --accept ess --accept r-hat \
        --accept divergences --accept tension "$@" </dev/null 2>&1 || :
}
run --stage --output copied >copied.log
check "the data was copied" grep -q "xpcs.h5 .*is in the memory of" copied.log
check_equal "NLSQ and both instances were started on the copy" 3 \
    "$(cat copied/nlsq/config.yaml copied/parts/*/config.yaml | grep -c '^  data_folder_path: staged$')"
check_equal "each left its shard" 2 "$(find copied/parts -name '0*.npz' | wc -l)"
check_equal "the links are gone" "" "$(find copied -type l -o -name staged)"
run --output plain --nlsq-result copied/nlsq/out >plain.log
check "without --stage the draws are bitwise the same" "$python" "$real/compare_shards.py" copied plain
run --output copied >again.log
check_equal "the same command without --stage draws nothing again" 1 "$(grep -c '"event":"start","part":0,"receipt":[0-9]*,"stage":"cmc"' copied/journal.jsonl)"
check "it is the same analysis" bash -c '! grep -q "another analysis" again.log'
check "the folder of a finished run is in no one's way" grep -q "is done already" again.log
summary
