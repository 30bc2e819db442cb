#!/usr/bin/env bash
# --stage on the real homodyne: it reads the copies in memory, and the draws and the analysis' identity stay what they are.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/../lib.sh"
make_scan data --frames 48 --phi 0,60,120 --seed 3
make_sampling_yaml data config.yaml 20 20 optimization.cmc.sharding.num_shards=2
run() {
    "$HLAUNCH" --mode cmc --config config.yaml --app "$homodyne" --per cores:1 --accept nlsq --accept ess --accept r-hat \
        --accept divergences --accept tension "$@" </dev/null
}
check "a run with --stage" run --stage --output staged
check_equal "two instances and NLSQ found their data staged" "true" \
    "$(grep -q '"event":"staged"' staged/journal.jsonl && ! grep -L '^  data_folder_path: ../staged$' staged/parts/*/config.yaml staged/nlsq/config.yaml | grep -q . && echo true)"
check_equal "the links are gone" "" "$(find staged -name staged -type d)"
check "a run without" run --output plain --nlsq-result staged/nlsq/out
check "gives the same draws, bitwise" "$python" "$real/compare_shards.py" staged plain
check "the same command without --stage" run --output staged
check_equal "continues it, nothing is drawn again" 1 "$(grep -c '"event":"start","part":0,"stage":"cmc"' staged/journal.jsonl)"

check_equal "homodyne's own log names the staged data" 2 "$(grep -l '\.\./staged/' staged/parts/*/stderr.log | wc -l)"
summary
