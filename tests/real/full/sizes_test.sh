#!/usr/bin/env bash
# The top of the ladder: 6 million points, static and laminar flow, and one angle of a million, which homodyne alone does not stratify.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/../lib.sh"
fit() { # NAME OPTION... of make_xpcs.py
    make_scan "$@"
    make_yaml "$1" "$1.yaml"
    check "$1: NLSQ" "$HLAUNCH" --mode nlsq --config "$1.yaml" --output "$1-run" --app "$homodyne" --quiet --per machine
    check "$1: within 4 standard errors of the truth" "$python" "$real/pulls.py" "$1-run/merged/nlsq/parameters.json" "$1/truth.json"
    "$python" "$real/pulls.py" "$1-run/merged/nlsq/parameters.json" "$1/truth.json" || :
    "$python" -c '
import json, sys
for e in json.load(open(sys.argv[1] + "/memory.json"))["instances"]: print(e)
print({k: v for k, v in json.load(open(sys.argv[1] + "/nlsq/examination.json")).items() if k != "parameters"})' "$1-run" || :
    grep -h '"event":"end"' "$1-run/journal.jsonl" || :
}
fit one_angle --frames 1002 --phi 0 --seed 8
fit static6m --frames 1001 --phi 0,30,60,90,120,150 --seed 9
fit laminar6m --mode laminar_flow --frames 1001 --phi 0,20,45,90,135,160 --seed 10
summary
