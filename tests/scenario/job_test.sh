#!/usr/bin/env bash
# What the main job refuses before it starts anything, and any command on all placements. No homodyne is needed here.
. "$(dirname "$0")/../lib.sh"
cd "$T"
printf 'analysis_mode: static\n' >config.yaml
job=("$HLAUNCH" --mode cmc-hpc)

says "no config" 2 "nothing to run" "${job[@]}" --output out
says "no output" 2 "output is missing" "${job[@]}" --config config.yaml
says "a config that is not there" 2 "no.yaml: No such file" "${job[@]}" --config no.yaml --output out
says "a config that is a folder" 2 "is no file" "${job[@]}" --config "$T" --output out
printf 'a: [1, 2\nb: }{\n' >broken.yaml
says "broken YAML" 2 "broken.yaml is not YAML at line" "${job[@]}" --config broken.yaml --output out
: >empty.yaml
says "an empty config" 2 "silently run its defaults" "${job[@]}" --config empty.yaml --output out
seeded_bytes 100000 >noise.yaml
says "noise for a config" 2 "noise.yaml" "${job[@]}" --config noise.yaml --output out
truncate -s 20M huge.yaml
says "a huge config" 2 "more than any config" "${job[@]}" --config huge.yaml --output out
says "an unknown mode" 2 "auto,cmc,cmc-hpc,nlsq\|auto, cmc" "$HLAUNCH" --mode warp --config config.yaml --output out
says "pairs once of draws that count them twice" 2 "give --posterior exact" "${job[@]}" --config config.yaml --output out --pairs once
says "an unknown posterior" 2 "auto,consensus,exact" "${job[@]}" --config config.yaml --output out --posterior best
says "no homodyne on PATH" 3 "'homodyne' is not on PATH" env PATH=/nowhere "${job[@]}" --config config.yaml --output out
says "an --app that is not there" 3 "not on PATH" "${job[@]}" --config config.yaml --output out --app "no-such-thing homodyne"
says "an empty --app" 2 "app is empty" "${job[@]}" --config config.yaml --output out --app " "
says "--nlsq-result without a result" 2 "holds no nlsq/parameters.json" "${job[@]}" --config config.yaml --output out --app true --nlsq-result "$T"
says "--hooks off with two instances" 2 "one instance" "${job[@]}" --config config.yaml --output out --app true --hooks off --instances 2
touch file
says "an output that is a file" 2 "is a file" "${job[@]}" --config config.yaml --output file --app true
mkdir theirs && touch theirs/thesis.tex
says "an output with somebody's files" 2 "no run of hlaunch" "${job[@]}" --config config.yaml --output theirs --app true
check "which are untouched" test -e theirs/thesis.tex
if mkdir readonly && mount -t tmpfs -o ro,size=1m none readonly 2>/dev/null; then
    says "a read-only output" 3 "read-only" "${job[@]}" --config config.yaml --output readonly/out --app true
    umount readonly
else
    skip "a read-only output" "cannot mount here"
fi
says "a foreign topology is never run on" 2 "only plans" "${job[@]}" --config config.yaml --output out --app true --topology "pack:2 core:2 pu:1"
says "an application that ignores the hooks" 3 "without hlaunch's hooks" "${job[@]}" --config config.yaml --output ignored --app true --quiet
says "settings that are no TOML" 2 "hlaunch.toml is not TOML" bash -c 'mkdir -p "$1/toml" && cd "$1/toml" && printf "a = 1\n[!x]" >hlaunch.toml && "$2" --config ../config.yaml --output out' _ "$T" "$HLAUNCH"
says "letters that are no TOML" 2 "line 2: a character beyond ASCII outside of quotes" bash -c 'cd "$1/toml" && printf "# Zürich\n[app]ü\n" >hlaunch.toml && "$2" --config ../config.yaml --output out' _ "$T" "$HLAUNCH"
says "settings of random bytes" 2 "is not TOML" bash -c 'cd "$1/toml" && cp ../noise.yaml hlaunch.toml && "$2" --config ../config.yaml --output out' _ "$T" "$HLAUNCH"
for setting in 'learned = "no"' 'plots = "yes"' 'num_workers = "4"' 'grace_s = 0' 'mode = "cmc-hcp"' 'per = 4'; do
    says "run.$setting" 2 "hlaunch.toml:2: run.${setting%% *}: .*wanted, not\|hlaunch.toml:2: run.${setting%% *}: .*unknown" bash -c 'cd "$1/toml" && printf "[run]\n%s\n" "$3" >hlaunch.toml && "$2" --config ../config.yaml --output out' _ "$T" "$HLAUNCH" "$setting"
done
echo true >tasks
within() { says "a time limit within the grace: $1" 2 "time-limit 30s: what runs is stopped the grace of 30 s (--grace) before it" "$HLAUNCH" "$1" --time-limit 30s "${@:2}"; }
within run --config config.yaml --output out
within run --per machine -- true
within queue tasks
within campaign --config config.yaml --data tasks --output out
within worker --config config.yaml --output out
within script slurm --no-forecast --config config.yaml --output out
says "a lead within the grace" 2 "lead 20s: what runs may take the grace of 30 s" "$HLAUNCH" queue tasks --lead 20s
# A variable that is not set is no wish for the default.
for option in --app --nlsq-result --jit-cache --retries --instance-limit --time-limit --lead --json-events --key-env --accept --output --jit-cache-size --grace; do
    says "$option without a value" 2 "$option: it is empty\|$option: '' is no number" "$HLAUNCH" run --config config.yaml "$option" ""
done
for words in "queue tasks --output" "queue" "topo --svg" "plan --svg" "campaign --table" "script slurm --site" "script slurm --node" "script mpi --hostfile" "script slurm -o" "cache list --jit-cache"; do
    # shellcheck disable=SC2086
    check_exit "$words without a value" 2 "$HLAUNCH" $words ""
done
says "a misspelt setting" 2 "app.comand is unknown" bash -c 'cd "$1/toml" && printf "[app]\ncomand = 1\n" >hlaunch.toml && "$2" --config ../config.yaml --output out' _ "$T" "$HLAUNCH"
check "nothing was made by any of these" test ! -e out

# Any command, bound.
cpus() { sed -n "s/^Cpus_allowed_list:\t//p" /proc/self/status; }
"$HLAUNCH" run --per cores:1 --output bound -- sed -n 's/^Cpus_allowed_list:\t//p' /proc/self/status
for part in bound/parts/*; do
    index=$((10#$(basename "$part")))
    want=$("$HLAUNCH" plan --per cores:1 --json | python3 -c "import json,sys; print(json.load(sys.stdin)['placements'][$index]['cpus'])")
    check_equal "placement $index: the command ran on its CPUs" "$want" "$(cat "$part/stdout.log")"
done
check "usage of each over time, as CSV and picture" bash -c '"$1" run --per cores:1 --output used --quiet -- python3 -c "
import time
end = time.time() + 2.5
while time.time() < end: pass" && grep -c "^[0-9]" used/parts/000/usage.csv && grep -q "most 1\?[0-9][0-9] %" used/usage.svg' _ "$HLAUNCH"
# threads PART: the verdict of its proof.json on the threads that were runnable.
threads() { python3 -c '
import json, sys
print(*((v["ok"], v["text"]) for v in json.load(open(sys.argv[1] + "/proof.json"))["verdicts"] if v["name"] == "threads"))' "$1"; }
# A look may fall on the moment in which the shell or timeout wakes up.
check "one busy thread on one PU: proof.json finds no more" grep -qE "^\(True, '1 runnable at the median, at most [0-9]+, for 1 PU" \
    <<<"$("$HLAUNCH" run --per cores:1 --instances 1 --output busy --quiet -- sh -c 'timeout 3 sh -c "while :; do :; done" || :' && threads busy/parts/000)"
check "three on one PU: proof.json says so" grep -qE "^\(False, '3 runnable at the median, at most [0-9]+, for 1 PU; more than that in [0-9.]+ % of" \
    <<<"$("$HLAUNCH" run --per cores:1 --instances 1 --output crowd -- sh -c '
for i in 1 2 3; do timeout 3.5 sh -c "while :; do :; done" & done; wait' 2>crowd.err && threads crowd/parts/000)"
check "so does the end of the part" grep -qE "^hlaunch: warning: part 000: not as planned, threads: 3 runnable at the median, .*crowd/parts/000/proof.json" crowd.err
check "so does status" grep -q "not as planned: threads: 3 runnable at the median" <("$HLAUNCH" status crowd)
"$HLAUNCH" status crowd --json >crowd.json
check_equal "and its JSON" "threads:" "$(python3 -c 'import json; print(*(p.split()[0] for p in json.load(open("crowd.json"))["stages"][0]["parts"][0]["not_as_planned"]))')"
check_json "which is what docs/schemas says" crowd.json
check_equal "of the obedient one nothing is said" "[]" "$("$HLAUNCH" status busy --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["stages"][0]["parts"][0]["not_as_planned"])')"
cat >crowded.yaml <<'EOF'
analysis_mode: static
parameter_space: {bounds: [{name: D0, min: 18000, max: 38000, prior_mu: 28000, prior_sigma: 2000},
                           {name: alpha, min: -1.5, max: 0.5, prior_mu: -0.5, prior_sigma: 0.2}]}
EOF
FAKE_BUSY=3 check "an analysis whose part has too many threads" "$HLAUNCH" run --per cores:1 --instances 1 --config crowded.yaml --mode cmc \
    --app "$(command -v python3) $REPO/tests/scenario/fake_homodyne.py" --output crowded --quiet
check "merge.json says so" grep -q "part 000: not as planned, threads: 3 runnable" crowded/merged/merge.json
check "and the usage, in each sample" grep -qE '^([^,]*,){6}3,' crowd/parts/000/usage.csv
check_equal "placeholders are filled in, other braces stay" "0 $(cpus) {x}" \
    "$("$HLAUNCH" run --per machine --reserve-cores 0 -- printf '%s\n' '{index} {cpus} {x}')"
check_equal "words arrive as they are" "a b|\$HOME|*|" "$("$HLAUNCH" run --per machine -- printf '%s|' 'a b' '$HOME' '*')"
says "a command that fails" 1 "part 000 ended with exit code 7" "$HLAUNCH" run --per machine -- sh -c 'exit 7'
says "a command that is not there" 3 "no-such-command" "$HLAUNCH" run --per machine -- no-such-command
says "a killed command" 1 "signal 9" "$HLAUNCH" run --per machine -- sh -c 'kill -9 $$'
check_equal "the outcome as JSON" "hlaunch-command False exit code 3" "$({ "$HLAUNCH" run --per machine --output json --json -- sh -c 'exit 3' 2>/dev/null || :; } |
    python3 -c 'import json, sys; j = json.load(sys.stdin); print(j["format"], j["ok"], j["instances"][0]["status"])')"
# The same command again: what ended well is not run again.
twice() { "$HLAUNCH" run --per cores:1 --reserve-cores 0 --quiet --output twice "$@" -- sh -c 'echo {index} >>ran.twice; [ {index} = 0 ] || [ -e ok ]'; }
check_exit "one of two copies fails" 1 twice
touch ok
check "the same again runs the other alone" twice
check_equal "each ran as often as it had to" "0 1 1" "$(sort ran.twice | xargs)"
check_equal "the third time none runs, and says so as JSON" "[0, 1] []" "$(twice --json | python3 -c 'import json, sys; j = json.load(sys.stdin); print(j["kept"], j["instances"])')"
check_equal "status knows them as done" "done done" "$("$HLAUNCH" status twice --json | python3 -c 'import json, sys; print(*(p["state"] for p in json.load(sys.stdin)["stages"][0]["parts"]))')"
check "--fresh runs all" twice --fresh
check_equal "all ran" "0 0 1 1 1" "$(sort ran.twice | xargs)"
keyed() { env KEYED="$1" "$HLAUNCH" run --per machine --reserve-cores 0 --quiet --key-env KEYED --output keyed -- sh -c 'echo "$KEYED" >>ran.keyed'; }
check "--key-env" eval 'keyed 1 && keyed 2 && keyed 2 && keyed 1'
check_equal "another value is another run, one that was is not run again" "1 2" "$(xargs <ran.keyed)"
says "--json over the commands' own output" 2 "needs --output" "$HLAUNCH" run --per machine --json -- true
says "estimate of nothing" 2 "give a config, or --points" "$HLAUNCH" estimate
says "estimate of a config and points" 2 "give a config, or --points" "$HLAUNCH" estimate config.yaml --points 3 --parameters 4
says "estimate with half of its numbers" 2 "go together" "$HLAUNCH" estimate --points 3
says "estimate of no number" 2 "points" "$HLAUNCH" estimate --points -3 --parameters 4
says "estimate with no number for a fraction" 2 "no number" "$HLAUNCH" estimate --points 3 --parameters 4 --memory-fraction nan
says "config and command at once" 2 "was not expected" "$HLAUNCH" run --config config.yaml -- true
check "a foreign topology runs no command" bash -c '! "$1" run --topology "core:2 pu:1" -- touch ran 2>/dev/null && test ! -e ran' _ "$HLAUNCH"

# A stop ends the whole tree, also what ignores TERM and left the session.
background "$HLAUNCH" run --per machine --grace 2 -- bash -c 'trap "" INT TERM; setsid bash -c "trap \"\" INT TERM; echo in > $1/started; sleep 300; echo >$1/ended" & sleep 300; echo >$1/ended' _ "$T"
pid=$BACKGROUND_PID
check "a stubborn tree runs" wait_for 20 test -e started
code=0
kill -INT "$pid"
wait "$pid" || code=$?
check_equal "Ctrl-C: 128 + SIGINT" 130 "$code"
check "by SIGKILL once its grace is over, not when it ends by itself" test ! -e ended
check "no sleep is left" bash -c '! pgrep -f "echo in > $1/started"' _ "$T"
summary
