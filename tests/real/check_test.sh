#!/usr/bin/env bash
# hlaunch check with the real homodyne: a sound set-up passes, what homodyne alone can refuse is FAIL, and --fix leaves a config
# that homodyne reads alike.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
make_scan data --frames 32 --phi 0,60,120 --seed 1
make_sampling_yaml data good.yaml 150 500 optimization.cmc.sharding.num_shards=2 optimization.nlsq.anti_degeneracy.per_angle_mode=auto
# shellcheck disable=SC2329 # called by bash -c
checks() { env -u XLA_FLAGS -u OMP_NUM_THREADS "${@:2}" "$HLAUNCH" check "$1" --mode cmc --per cores:1 --app "$homodyne" --json </dev/null; }
level() { # FILE NAME: level of a line; its value on the next line
    "$python" -c 'import json, sys
for c in json.load(open(sys.argv[1]))["checks"]:
    if c["name"] == sys.argv[2]: print(c["level"])' "$1" "$2"
}
checks good.yaml >good.json || :
check_json "as docs/schemas says" good.json
check "a sound config: no FAIL about it, nor about the application" "$python" -c '
import json
answer = json.load(open("good.json"))
bad = [c for c in answer["checks"] if c["group"] in ("application", "analysis", "environment") and c["level"] == "FAIL"]
assert not bad, bad
values = {c["name"]: c["value"] for c in answer["checks"]}
assert values["homodyne"] == "2.23.3" and values["jaxlib"][0].isdigit(), values
assert values["cmc-angles"].startswith("auto, 3 angles"), values
assert values["draws"] == "2 chains x 300 draws a shard (500 asked for; the shards are small)" and values["shards"] == "2 shards for 2 placements", values
assert "placement-0" in values and "placement-1" in values and "xpcs.h5" in values["hdf5-locking"], values'

checks good.yaml XLA_FLAGS=--xla_nonsense=1 >flags.json || :
check_equal "a flag that jaxlib does not know; the rest is told all the same" "FAIL OK" "$(level flags.json jaxlib-flags) $(level flags.json draws)"
check_equal "the application is still told" OK "$(level flags.json homodyne)"
make_sampling_yaml data poor.yaml 100 20 optimization.cmc.per_angle_mode=individual optimization.cmc.sharding.num_shards=1
checks poor.yaml >poor.json || :
check_equal "draws that cannot pass the gate" FAIL "$(level poor.json draws)"
check_equal "two scaling parameters for each of three angles" WARN "$(level poor.json cmc-angles)"
check_equal "a placement without a shard" WARN "$(level poor.json shards)"

# homodyne's own template, comments and all: after --fix it differs in the named lines alone, and nothing is left to fix.
"$HOMODYNE_VENV/bin/homodyne-config" --mode static --output template.yaml >/dev/null 2>&1
cp template.yaml original.yaml
"$HLAUNCH" check template.yaml --mode cmc --app "$homodyne" --fix --json </dev/null >template.json || :
check "the template: as many lines changed as were fixed" "$python" -c '
import json
fixed = json.load(open("template.json"))["fixed"]
old, new = (open(f).read().split("\n") for f in ("original.yaml", "template.yaml"))
assert len(old) == len(new) and sum(a != b for a, b in zip(old, new)) == len(fixed) > 0, fixed
assert all(a.partition("#")[2] == b.partition("#")[2] for a, b in zip(old, new))'
"$HLAUNCH" check template.yaml --mode cmc --app none --fix --json </dev/null >again.json || :
check_equal "again: nothing" "[] False" "$("$python" -c '
import json
answer = json.load(open("again.json"))
print(answer["fixed"], any(c["fixable"] for c in answer["checks"]))')"
"$HLAUNCH" check --app "$homodyne" --json </dev/null >bare.json || :
check_equal "without a config: versions, no analysis" "OK False" "$(level bare.json homodyne) $("$python" -c '
import json
print(any(c["group"] == "analysis" for c in json.load(open("bare.json"))["checks"]))')"
summary
