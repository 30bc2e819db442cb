#!/usr/bin/env bash
# The main job on the real homodyne, static, 20,808 points in 4 shards: two placements and one give the same draws,
# bitwise, also when stopped in between.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
make_scan data --frames 52 --phi 0,22.5,45,67.5,90,112.5,135,157.5 --seed 3
make_sampling_yaml data config.yaml 40 30 optimization.cmc.sharding.num_shards=4
app=(--app "$homodyne")
# Few draws: what is tested here is that they are the same ones, so the gates on converged chains are waived.
run() { "$HLAUNCH" --mode cmc --config config.yaml "${app[@]}" --accept ess --accept r-hat --accept divergences --accept tension "$@" </dev/null; }

# Compiled code is kept here, by this test alone.
export HLAUNCH_JIT_CACHE=$T/jit
cache() { "$HLAUNCH" cache list --json | "$python" -c 'import json, sys; print(sum(k[sys.argv[1]] for k in json.load(sys.stdin)["keys"]))' "$1"; }

# Two placements of one core each, two shards each.
check "two placements run to a merged posterior" run --per cores:1 --output two
check_equal "each placement got two shards" "2 2" "$(for p in two/parts/*; do find "$p/shards" -name '*.npz' | wc -l; done | xargs)"
# What the kernel said against what was planned: verdicts of proof.json. How many threads were runnable depends on what else the machine
# does (a thread that hands over waits beside the one that takes over); threads_test.sh has the check that does not.
proof() { "$python" -c '
import json, sys
run, part = sys.argv[1:]
verdicts = json.load(open(f"{run}/parts/{part}/proof.json"))["verdicts"]
assert len(verdicts) >= 4, verdicts
bad = {v["name"]: v["text"] for v in verdicts if not v["ok"]}
print(bad)
sys.exit(not set(bad) <= {"threads"})' "$@"; }
check "proof of placement 0: affinity, memory and workers as planned" proof two 000
check "proof of placement 1: affinity, memory and workers as planned" proof two 001
check_json "plan, proofs and merge.json are what docs/schemas says" two/plan.json two/parts/*/proof.json two/merged/merge.json
check "each placement took its shards longest first" "$python" "$real/shard_order.py" two
check_equal "nothing left in /dev/shm" "" "$(shm_left two)"
check "homodyne's YAML left as it was, its folder clean" test ! -e "$T/results" -a ! -e "$T/data/cache"

# The same run again finds everything done.
check "the same command again" run --per cores:1 --output two
check_equal "and draws nothing twice" 1 "$(grep -c '"event":"start","part":0,"receipt":[0-9]*,"stage":"cmc"' two/journal.jsonl)"

# One instance with all four shards, from the same NLSQ result, by two workers at once.
check "one instance with four shards, all compiled anew" run --per machine --instances 1 --num-workers 2 --jit-cache private --nlsq-result two/nlsq/out --output one
check "gives the same draws, bitwise" "$python" "$real/compare_shards.py" two one
check "homodyne started the two workers" proof one 000
check "two placements shared what they compiled" test "$(cache entries)" -gt 20
check_equal "not in folders of their own" 0 "$(find two -name '*-cache' -o -name '*.jit' | wc -l)"

# From here on with warm code, a third of it torn.
torn=0 nth=0
for entry in jit/*/*.jit; do
    nth=$((nth + 1))
    if [ $((nth % 3)) = 0 ]; then
        truncate -s "$((nth % 2 * 100))" "$entry"
        torn=$((torn + 1))
    fi
done
check_equal "torn entries are found" "$torn" "$(cache torn)"
check_json "cache list --json is what docs/schemas says" <("$HLAUNCH" cache list --json)
check "and the same merged draws" same_merged two one

# Stopped by Ctrl-C after the first shard, then resumed.
background "$HLAUNCH" --mode cmc --config config.yaml "${app[@]}" --per cores:1 --nlsq-result two/nlsq/out --output stopped --quiet
stopped_pid=$BACKGROUND_PID
some_shard() { compgen -G "$T/stopped/parts/*/shards/*.npz"; }
check "a first shard is captured" wait_for 600 some_shard
told() { "$python" -c '
import json
parts = [p for p in json.load(open("stopped/status.json"))["instances"] if p.get("draws")]
assert parts and all(p["draws"] % 60 == 0 and 0.9 < p["r_hat"] < 10 for p in parts)'; }
# It stands still from here on: however fast the machine, there is work left.
# shellcheck disable=SC2046
hold $(pgrep -f -- "homodyne.*$T/stopped/part[s]")
check "status.json tells its draws and R-hat" wait_for 10 told
kill -INT "$stopped_pid"
code=0
wait "$stopped_pid" || code=$?
check_equal "Ctrl-C: exit code 128 + SIGINT" 130 "$code"
check "no process is left" bash -c '! pgrep -f -- "'"$T"'/stopped/part[s]"'
check_equal "no shared memory is left" "" "$(shm_left stopped)"
before=$(find stopped/parts -name '0*.npz' | wc -l)
check "not all shards were there" test "$before" -lt 4
# On one placement now: draws do not depend on it. One worker, two chains: enough PUs wherever there are two.
check "resumed, on another placement" run --per machine --instances 1 --num-workers 1 --nlsq-result two/nlsq/out --output stopped
check "its proof: affinity, memory and workers as planned" proof stopped 000
"$python" -c '
import json
print(*(v["text"] for v in json.load(open("stopped/parts/000/proof.json"))["verdicts"] if v["name"] == "threads"))'
check "the same draws, bitwise" "$python" "$real/compare_shards.py" two stopped
check "the same merged draws" same_merged two stopped
check "with warm code of which a part was torn, and is whole again" test "$(cache torn)" -lt "$torn"

# A changed config is another analysis.
sed 's/num_samples: 30$/num_samples: 31/' config.yaml >changed.yaml
check_exit "a changed config is not mixed in" 2 "$HLAUNCH" --mode cmc --config changed.yaml "${app[@]}" --output two --quiet

summary
