#!/usr/bin/env bash
# hlaunch compare on the real homodyne: all ways of this machine, few draws, two rounds; a stop leaves nothing.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/../lib.sh"
make_scan data --frames 48 --phi 0,60,120 --seed 3
make_sampling_yaml data config.yaml 200 200 optimization.cmc.sharding.num_shards=2
mkdir tmp
compare() {
    TMPDIR=$T/tmp "$HLAUNCH" compare config.yaml --mode cmc --app "$homodyne" --accept nlsq --reserve-cores 0 \
        --warmup 20 --draws 20 "$@" </dev/null
}
nodes=$(find /sys/devices/system/node -maxdepth 1 -name 'node[0-9]*' 2>/dev/null | wc -l)
ways=unbound,hlaunch
if command -v numactl >/dev/null && numactl --membind=0 true 2>/dev/null; then
    ways=unbound,numactl,hlaunch
else
    skip "the way numactl" "numactl is not installed, or may not bind here"
fi
check_exit "measured" 0 compare --rounds 2 --json --ways "$ways"
cp check.out compare.json
check_json "as docs/schemas says" compare.json
python3 - "$ways" "$nodes" <<'P' && pass "each way has two rounds and the same draws" || fail "each way has two rounds and the same draws" "see above"
import json, sys
names, nodes = sys.argv[1].split(","), int(sys.argv[2])
result = json.load(open("compare.json"))
for text in result["verdicts"] + result["caveats"]: print("#", text)
assert [w["name"] for w in result["ways"]] == names
assert result["num_shards"] == 2 and result["rounds_done"] == 2, result
for way in result["ways"]:
    print("#", way["name"], way["sampling_s"], way["whole_s"], way["remote_share"], way["draws"], way["failed"], way["notes"])
    assert not way["failed"] and len(way["whole_s"]) == len(way["sampling_s"]) == 2, way
    # homodyne may adapt warmup to a small shard, but keeps the draws: 2 shards, 2 chains.
    assert way["draws"] == 2 * 2 * 20, way
    assert all(0 < s < w for s, w in zip(way["sampling_s"], way["whole_s"])), way
    # One node: every page is where every thread runs.
    if nodes == 1: assert way["remote_share"] == [0.0, 0.0], way
assert len(result["verdicts"]) == len(names) * (len(names) - 1) / 2
assert any("one NUMA node" in c for c in result["caveats"]) == (nodes <= 1), result["caveats"]
P
check_equal "the temporary folders are gone" "" "$(ls tmp)"

background env TMPDIR="$T/tmp" "$HLAUNCH" compare config.yaml --mode cmc --app "$homodyne" --accept nlsq --ways unbound,hlaunch
sampling() { grep -qs "Starting CMC" tmp/hlaunch-compare-*/unbound/parts/000/stderr.log; }
if wait_for 240 sampling; then
    kill -INT "$BACKGROUND_PID"
    wait "$BACKGROUND_PID" && code=0 || code=$?
    check_equal "a stop ends it" 130 "$code"
    check_equal "and leaves nothing" "" "$(ls tmp)"
else
    fail "a stop" "the way unbound did not begin to sample"
fi
summary
