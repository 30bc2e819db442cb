#!/usr/bin/env bash
# hlaunch tune on the real homodyne: two layouts of this machine, few draws, two rounds; a stop leaves nothing.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/../lib.sh"
make_scan data --frames 48 --phi 0,60,120 --seed 3
make_sampling_yaml data config.yaml 200 200 optimization.cmc.sharding.num_shards=2
mkdir tmp
tune() {
    TMPDIR=$T/tmp "$HLAUNCH" tune config.yaml --mode cmc --app "$homodyne" --accept nlsq --reserve-cores 0 --per machine \
        --candidates cores:1 --warmup 20 --draws 20 "$@" </dev/null
}
check_exit "measured" 0 tune --rounds 2 --json
cp check.out tune.json
check_json "as docs/schemas says" tune.json
python3 - <<'P' && pass "both layouts have two rates, and the verdict follows from them" || fail "both layouts have two rates, and the verdict follows from them" "see above"
import json, os, statistics
tune = json.load(open("tune.json"))
now, other = tune["candidates"]
for c in (now, other):
    print("#", c["name"], c["draws_per_second"], c["failed"])
    assert len(c["draws_per_second"]) == 2 and all(r > 0 for r in c["draws_per_second"]) and not c["failed"], c
print("#", tune["reason"])
gain = statistics.median(other["draws_per_second"]) - statistics.median(now["draws_per_second"])
noise = max(max(c["draws_per_second"]) - min(c["draws_per_second"]) for c in (now, other))
assert (tune["chosen"] == "cores:1") == (gain > noise), (gain, noise)
assert os.path.exists("hlaunch.toml") == (tune["written"] is not None) == (tune["chosen"] is not None)
P
check_equal "the temporary folders are gone" "" "$(ls tmp)"

background env TMPDIR="$T/tmp" "$HLAUNCH" tune config.yaml --mode cmc --app "$homodyne" --candidates machine,cores:1 --rounds 2
nlsq_began() { compgen -G "tmp/hlaunch-tune-*/nlsq/nlsq/stderr.log"; }
if wait_for 300 nlsq_began; then
    kill -INT "$BACKGROUND_PID"
    wait "$BACKGROUND_PID" && code=0 || code=$?
    check_equal "a stop ends it" 130 "$code"
    check_equal "and leaves nothing" "" "$(ls tmp)"
else
    fail "a stop" "nlsq did not begin"
fi
summary
