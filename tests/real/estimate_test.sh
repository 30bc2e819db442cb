#!/usr/bin/env bash
# hlaunch estimate against homodyne's own estimate_peak_memory_gb and select_nlsq_strategy, asked in a process that sees the
# placement's memory; and on a real scan.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
cat >oracle.py <<'P'
"""oracle.py MEMORY_BYTES, and POINTS PARAMETERS FRACTION a line: homodyne's answers"""
import sys
import psutil
assert psutil.virtual_memory().total == int(sys.argv[1])  # the shim answers for the placement
from homodyne.optimization.nlsq.memory import select_nlsq_strategy
for line in sys.stdin:
    points, parameters, fraction = line.split()
    decision = select_nlsq_strategy(int(points), int(parameters), float(fraction))
    print(f"{decision.peak_memory_gb:.9g} {decision.index_memory_gb:.9g} {decision.threshold_gb:.9g} {decision.strategy.value}")
P
theirs() { # MEMORY_BYTES
    printf '{"task": "plain", "placement": {"logical": 4, "physical": 4, "memory_bytes": %s}}' "$1" >task.json
    PYTHONPATH=$REPO/src/homodyne/shim HLAUNCH_TASK=$T/task.json "$python" oracle.py "$1" 2>/dev/null
}
ours() { # MEMORY_BYTES
    local points parameters fraction
    while read -r points parameters fraction; do
        "$HLAUNCH" estimate --points "$points" --parameters "$parameters" --memory-fraction "$fraction" \
            --topology "[numa(memory=$1)] core:4 pu:1" --json | python3 -c '
import json, sys
n = json.load(sys.stdin)["placements"][0]["nlsq"]
print("%.9g %.9g %.9g %s" % (n["peak_gib"], n["index_gib"], n["threshold_gib"], n["strategy"]))'
    done
}
# Points, parameters, memory_fraction. Less memory than this machine has: the shim never promises more than there is.
printf '%s\n' "1000 5 0.75" "2000000 9 0.75" "4000000 9 0.75" "150000000 5 0.75" >sizes-1073741824
printf '%s\n' "3000000 13 0.75" "3000000 53 0.5" "300000000 9 0.75" >sizes-2147483648
printf '%s\n' "23000000 53 0.9" "1000000 53 0.01" "1000000 53 1" >sizes-4294967296
for sizes in sizes-*; do
    memory=${sizes#sizes-}
    theirs "$memory" <"$sizes" >theirs
    ours "$memory" <"$sizes" >ours
    while IFS=$'\t' read -r size wanted got; do
        check_equal "$memory bytes; points, parameters, fraction $size" "$wanted" "$got"
    done < <(paste "$sizes" theirs ours)
done

# A real scan: two instances that each see half of the memory.
make_reference_scan data
make_yaml data config.yaml optimization.cmc.sharding.num_shards=4 optimization.nlsq.memory_fraction=0.5
check "a real scan" bash -c '"$1" estimate config.yaml --mode cmc --per cores:1 --app "$2" --json </dev/null >estimate.json' _ "$HLAUNCH" "$homodyne"
check_json "estimate.json is what docs/schemas says" estimate.json
check_equal "its points, parameters and shards" "40328 5 39760 4" "$(python3 -c '
import json
e = json.load(open("estimate.json"))
print(e["points"], e["parameters"], e["data"]["cmc_points"], e["data"]["shards"])')"
check "each of two placements sees half of the memory" python3 -c '
import json
from subprocess import check_output
e = json.load(open("estimate.json"))
whole = json.loads(check_output(["'"$HLAUNCH"'", "plan", "--json"]))["machine"]["memory_bytes"]
assert len(e["placements"]) == 2
for p in e["placements"]:
    assert abs(p["memory_bytes"] - whole / 2) < 4096, (p, whole)
    assert abs(p["nlsq"]["threshold_gib"] * 2**30 / p["memory_bytes"] - 0.75) < 1e-9'
check "that memory_fraction counts for nothing is told" grep -q "memory_fraction is 0.5, but homodyne 2.23.3 chooses by 0.75" estimate.json
summary
