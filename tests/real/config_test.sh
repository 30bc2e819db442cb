#!/usr/bin/env bash
# Configs that say one thing and do another: read against the installed homodyne before anything is started. Most cases go to the
# shim itself, in one process (config_keys.py); here is what reaches the user, and each remedy followed once.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
make_scan data --frames 32 --phi 0,60,120 --seed 1
make_yaml data good.yaml
mkdir made
while IFS= read -r line; do
    case $line in
    "ok "*) pass "${line#ok }" ;;
    "not ok "*) fail "${line#not ok }" "" ;;
    *) fail "tests/real/config_keys.py" "$line" ;;
    esac
done < <(PYTHONPATH=$REPO/src/homodyne/shim "$python" "$real/config_keys.py" made good.yaml "$REPO"/tests/data/fixtures/configs/*.yaml 2>python.err ||
    echo "ended with $?: $(tail -n 1 python.err)")

plan() { "$HLAUNCH" plan --mode cmc --app "$homodyne" "$@" --json </dev/null; }
sed 's/- name: D0/- name: D_0/' good.yaml >typo.yaml
check_exit "a typo in a bound's name is bad input" 2 "$HLAUNCH" --quiet --mode cmc --app "$homodyne" --config typo.yaml --output refused
check "the config, the line and the right name are told" grep -q "^hlaunch: typo.yaml: line $(grep -n 'name: D_0' typo.yaml | cut -d: -f1): .*no parameter D_0, .*write D0\$" check.err
check "no part was begun" bash -c '! compgen -G "refused/parts/*" && ! test -e refused/nlsq'

# Data named twice. What is not there is in tests/real/refusals_test.sh.
mkdir other && cp data/xpcs.h5 other
make_yaml data twice.yaml experimental_data.file_path=./other/xpcs.h5
check_exit "two data files" 2 plan --config twice.yaml
check "both are named" grep -q "names two files: .*/data/xpcs.h5, .* file_path .*/other/xpcs.h5; make them one" check.err
ln -s data linked

make_yaml data null.yaml initial_parameters.values=null
check_exit "start values that end homodyne's NLSQ" 2 plan --config null.yaml
check "said so" grep -q "NLSQ cannot start from these .*; write a list of values" check.err

# What is told, by plan and by check; and each remedy does what it says.
# per_shard_mcmc is overruled; of 3 small shards homodyne draws fewer than either, and fewer than the gate's ESS needs.
few=(optimization.cmc.per_shard_mcmc.num_samples=900 optimization.mcmc.num_samples=400 optimization.cmc.sharding.num_shards=3
    optimization.cmc.validation.min_per_shard_ess=200)
make_yaml data told.yaml "${few[@]}" experimental_data.file_path=./linked/xpcs.h5 optimization.mcmc.target_accept_prob=0.97 \
    beamline=8-ID optimization.nlsq.memory_fraction=0.5
code=0
plan --config told.yaml >told.json 2>told.err || code=$?
check_equal "one file by two names passes" "0 " "$code $(cat told.err)"
told() { # NAME PATTERN
    check "$1" "$python" -c '
import json, re, sys
warnings = json.load(open("told.json"))["warnings"]
assert any(re.search(sys.argv[1], w) for w in warnings), warnings' "$2"
}
told "a number that another key overrules" 'line \d+: optimization.cmc.per_shard_mcmc.num_samples: says 900, but 400 is used; optimization.mcmc.num_samples .* decides'
told "and the other way round" 'optimization.mcmc.target_accept_prob: says 0.97, but 0.85 is used; optimization.cmc.per_shard_mcmc.target_accept_prob .* decides'
told "a key that nothing reads" 'line \d+: beamline: homodyne reads no setting'
told "a setting that homodyne ignores" 'memory_fraction: .*0.5'
"$HLAUNCH" check told.yaml --mode cmc --app "$homodyne" --json </dev/null >check.json 2>/dev/null || :
check_json "as docs/schemas says" check.json
check "check tells the same, each once" "$python" -c '
import json
checks = [c for c in json.load(open("check.json"))["checks"] if c["group"] == "analysis" and c["level"] != "OK"]
values = [c["name"] + " " + c["value"] + " -> " + c["remedy"] for c in checks]
for words in ("settings line", "beamline", "says 0.97", "sampling-num_samples", "memory-fraction"):
    assert sum(words in v for v in values) >= 1, (words, values)
assert sum("900" in v for v in values) == 1, values
draws = next(c for c in checks if c["name"] == "draws")
assert "400 asked for" in draws["value"] and "adaptive_sampling: false" in draws["remedy"], draws'

# A campaign: each scan is looked at, one remark of their config is enough.
"$HLAUNCH" campaign --config told.yaml --data data/xpcs.h5 other/xpcs.h5 --check-only --instances 1 --app "$homodyne" --output looked \
    </dev/null >looked.out 2>&1 || :
check_equal "a campaign tells it once for all scans" 1 "$(grep -c "warning: the YAML, line [0-9]*: beamline: homodyne reads no setting" looked.out)"
code=0
"$HLAUNCH" campaign --config typo.yaml --data data/xpcs.h5 --check-only --app "$homodyne" --output unread </dev/null >unread.out 2>&1 || code=$?
check_equal "a campaign with a typo in its config is bad input" 2 "$code"
check "the config and the line are told there, too" grep -q 'nothing was started; .*typo.yaml: line [0-9]*: .*no parameter D_0, .*write D0' unread.out

# Followed, as they are written there, to what homodyne would draw.
draws() { # NAME WANTED KEY=VALUE...
    local name=$1 wanted=$2
    shift 2
    make_yaml data followed.yaml "${few[@]}" "$@"
    "$HLAUNCH" check followed.yaml --mode cmc --app "$homodyne" --json </dev/null >followed.json 2>/dev/null || :
    check_equal "$name" "$wanted" "$("$python" -c '
import json
print(next(c["value"] for c in json.load(open("followed.json"))["checks"] if c["name"] == "draws"))')"
}
first=$("$python" -c '
import json, re
remedy = next(c["remedy"] for c in json.load(open("check.json"))["checks"] if c["name"] == "draws")
print(re.search(r"set (\S+): (\w+)", remedy).expand(r"\1=\2"))')
second=$("$python" -c '
import json, re
warning = next(w for w in json.load(open("told.json"))["warnings"] if "says 900" in w)
print(re.search(r"; (\S+) \(or", warning)[1] + "=900")')
draws "the remedy for too few draws ($first)" "2 chains x 400 draws a shard" "$first"
draws "the remedy for the overruled key ($second), besides" "2 chains x 900 draws a shard" "$first" "$second"
summary
