#!/usr/bin/env bash
# Each remedy that a refusal names is followed once, word for word, and helps. The homodyne is a fake; those of the YAML's keys are
# in tests/real.
. "$(dirname "$0")/../lib.sh"
cd "$T"
cat >config.yaml <<'EOF'
analysis_mode: static
experimental_data: {data_folder_path: ., data_file_name: scan.h5}
parameter_space: {bounds: [{name: D0, min: 18000, max: 38000, prior_mu: 28000, prior_sigma: 2000},
                           {name: alpha, min: -1.5, max: 0.5, prior_mu: -0.5, prior_sigma: 0.2}]}
EOF
echo data >scan.h5
app="$(command -v python3) $REPO/tests/scenario/fake_homodyne.py"
options=(--app "$app" --mode cmc --quiet)
run() {
    case " $* " in *" --config "*) "$HLAUNCH" run "${options[@]}" "$@" ;; *) "$HLAUNCH" run "${options[@]}" --config config.yaml "$@" ;; esac
}
# refused NAME CODE REMEDY COMMAND...: the exit code, and the remedy in the last line of what it says.
refused() {
    local name=$1 want=$2 remedy=$3 code=0
    shift 3
    "$@" >out.txt 2>err.txt </dev/null || code=$?
    check_equal "$name: refused" "$want" "$code"
    check "$name: with the remedy" grep -qF -- "$remedy" err.txt out.txt
}

# Folders and their owners.
check "an analysis" run --output first
sed 's/min: 18000/min: 19000/' config.yaml >other.yaml
refused "another config" 2 "give another --output, or --fresh to start over in it" run --config other.yaml --output first
FAKE_LOW=19000 check "another --output" run --config other.yaml --output another
FAKE_LOW=19000 check "--fresh starts over in it" run --config other.yaml --output first --fresh
mkdir theirs && touch theirs/thesis.tex
refused "somebody's files" 2 "give another folder" run --output theirs
refused "draws that no merge wrote" 2 "choose another --output" bash -c 'mkdir -p foreign/cmc && touch foreign/cmc/samples.npz && exec "$1" merge another --kind shards --output foreign' _ "$HLAUNCH"
check "another --output" "$HLAUNCH" merge another --kind shards --output apart
refused "a merge into a run's own folder" 2 "give another folder" "$HLAUNCH" merge another --kind shards --output another

# What needs a folder, and what may not go together.
for option in --json "--json-events events" "--key-env HOME"; do
    # shellcheck disable=SC2086
    refused "$option without a folder" 2 "needs --output DIR" "$HLAUNCH" run --per machine --quiet $option -- true
    # shellcheck disable=SC2086
    check "$option with one" "$HLAUNCH" run --per machine --quiet --output "for${option%% *}" $option -- true
done
refused "--hooks off with two instances" 2 "leave --instances out, or give --split replicas instead of it" run --output off --hooks off --instances 2
check "--instances left out" bash -c '! "$@" 2>off.txt; ! grep -q "one instance" off.txt' _ "$HLAUNCH" run "${options[@]}" --config config.yaml --output off --hooks off
check "--split replicas instead" bash -c '! "$@" 2>off.txt; ! grep -q "one instance" off.txt' _ "$HLAUNCH" run "${options[@]}" --config config.yaml --output pairs --split replicas --instances 2
refused "--nlsq-result without a result" 2 "give the --output-dir of a homodyne NLSQ run" run --output warm --nlsq-result "$T"
check "the --output-dir of an NLSQ run" run --output warm --nlsq-result another/nlsq/out
refused "a homodyne that is not there" 3 "give it with --app" env PATH=/nowhere "$HLAUNCH" run --config config.yaml --output none
check "given with --app" run --output none
mkdir open && chmod o+w open
refused "a cache that others may write to" 2 "chmod go-w, or give a folder of your own" run --output cached --jit-cache open
chmod go-w open
check "chmod go-w" run --output cached --jit-cache open
refused "a cache that is a file" 2 "give shared, private, off or a folder" run --output cached2 --jit-cache config.yaml
for cache in private off own; do check "--jit-cache $cache" run --output "cached.$cache" --jit-cache $cache; done

# Ends.
refused "an instance limit" 1 "raise --instance-limit" "$HLAUNCH" run --per machine --output limited --quiet --grace 1 --instance-limit 0.5s -- sleep 1
check "raised" "$HLAUNCH" run --per machine --output limited --quiet --instance-limit 30s -- sleep 1
echo "test -e made" >tasks
refused "a task that fails" 1 "--retry-failed runs them again" "$HLAUNCH" queue tasks --output q --quiet
touch made
refused "which stays failed" 1 "--retry-failed runs them again" "$HLAUNCH" queue tasks --output q --quiet
check "--retry-failed" "$HLAUNCH" queue tasks --output q --quiet --retry-failed
refused "an end that is not tried again" 2 "use lost, out-of-memory, killed or crashed" run --output tries --retries done=2
for end in lost out-of-memory killed crashed; do check "--retries $end=2" run --output "tries.$end" --retries $end=2; done

# Checks of the merge: what helps comes first, --accept last, and what it lets pass says so everywhere.
FAKE_STUCK=1 FAKE_DRAWS=200 refused "too few draws" 1 "raise optimization.mcmc.num_samples (now 200) and optimization.mcmc.num_warmup (now 100) and run again" run --output few
check "what helps stands before --accept" bash -c 'grep -n "what helps:" out.txt | cut -d: -f1 >helps.line; grep -n -- "--accept" out.txt | cut -d: -f1 >last; test "$(cat helps.line)" -lt "$(tail -1 last)" && test "$(wc -l <last)" = 1 && tail -1 out.txt | grep -q -- "--accept"'
FAKE_STUCK=1 FAKE_DRAWS=20000 check "more draws" run --output few --fresh
accepted=$(tail -1 out.txt | grep -oE -- '--accept [a-z-]+' | xargs)
# shellcheck disable=SC2086
FAKE_STUCK=1 FAKE_DRAWS=200 check "--accept lets it pass" bash -c '"$@" >accepted.txt' _ "$HLAUNCH" run "${options[@]}" --config config.yaml --output let $accepted
names=$(echo "$accepted" | tr ' ' '\n' | grep -v -- --accept | sort | xargs)
check "the summary ends with it" grep -qE "^not a result that passed: .*ess.* failed and (was|were) let pass \(--accept\)" <(tail -2 accepted.txt)
for file in parameters diagnostics; do
    check_equal "$file.json says so" "$names" "$(python3 -c 'import json, sys; print(*sorted(a["check"] for a in json.load(open(sys.argv[1]))["accepted"]))' let/merged/cmc/$file.json)"
done
check_equal "samples.npz says so" "accepted.npy" "$(python3 -m zipfile -l let/merged/cmc/samples.npz | grep -o 'accepted.npy')"
check_equal "merge.json says so" "$names" "$(python3 -c 'import json; print(*sorted(json.load(open("let/merged/merge.json"))["accepted"]))')"
"$HLAUNCH" status let >status.txt || : # the fake evaluates nothing
check "status says so" grep -qE "^let: merged in .*, though .*ess.* failed \(--accept\)" status.txt
"$HLAUNCH" status let --json >status.json || :
check_equal "and its JSON" "$names" "$(python3 -c 'import json; print(*sorted(json.load(open("status.json"))["merge"]["accepted"]))')"
check_json "which is what docs/schemas says" status.json let/merged/merge.json
check "one that passed says nothing of it" bash -c '! grep -q accepted another/merged/cmc/*.json && ! python3 -m zipfile -l another/merged/cmc/samples.npz | grep accepted'
refused "a check that is none" 2 "these can be accepted: nlsq, divergences, r-hat, ess, priors, tension" run --output let --accept luck
for name in $(grep -oE 'accepted: .*' err.txt | cut -d: -f2 | tr -d ,); do check "--accept $name is taken" run --output another --config other.yaml --accept "$name"; done
refused "priors that homodyne has lost" 1 "without --keep-lost-priors" run --output lost --keep-lost-priors
check "without --keep-lost-priors" run --output lost --fresh

# An NLSQ fit that did not converge.
fit() { "$HLAUNCH" run --app "$app" --quiet --config config.yaml --mode nlsq "$@"; }
FAKE_NLSQ=failed refused "a fit that failed" 1 "--accept nlsq" fit --output fit
check "mended" fit --output fit
FAKE_NLSQ=failed check "or let pass" bash -c '"$@" >fit.txt' _ "$HLAUNCH" run --app "$app" --quiet --config config.yaml --output fit2 --mode nlsq --accept nlsq
check_equal "its files say so" "nlsq nlsq" "$(python3 -c 'import json; print(*json.load(open("fit2/merged/merge.json"))["accepted"], json.load(open("fit2/merged/nlsq/parameters.json"))["accepted"][0]["check"])')"
check "its summary, too" grep -q "nlsq failed and was let pass (--accept)" fit.txt
check "and status" grep -q "though nlsq failed (--accept)" <("$HLAUNCH" status fit2 || :)
FAKE_NLSQ=failed check "a posterior that is built on it" bash -c '"$@" >built.txt' _ "$HLAUNCH" run "${options[@]}" --config config.yaml --output built --accept nlsq
check "says so" grep -q "not a result that passed: nlsq failed and was let pass" built.txt
check_equal "in its files" nlsq "$(python3 -c 'import json; print(json.load(open("built/merged/cmc/parameters.json"))["accepted"][0]["check"])')"
campaign() { "$HLAUNCH" campaign --config config.yaml --data scan.h5 --app "$app" --mode nlsq --output scans "$@"; }
FAKE_NLSQ=failed refused "a scan that failed" 1 "table.csv tells why" campaign --quiet
FAKE_NLSQ=failed check "--retry-failed --accept nlsq" bash -c '"$@" >scans.txt 2>/dev/null' _ "$HLAUNCH" campaign --config config.yaml --data scan.h5 --app "$app" --mode nlsq --output scans --retry-failed --accept nlsq
check_equal "its row says so" nlsq "$(python3 -c 'import csv; print(*(r["accepted"] for r in csv.DictReader(open("scans/table.csv"))))')"
check_equal "in JSON, too" nlsq "$(python3 -c 'import json; print(*json.load(open("scans/table.json"))["scans"][0]["nlsq"]["accepted"])')"
check "and the summary" grep -q "did not pass: nlsq failed and was let pass (--accept)" scans.txt
FAKE_NLSQ=failed check "also where it is taken up again" bash -c '"$@" --quiet && grep -q "\"nlsq\"$" <(python3 -m json.tool scans/table.json | grep -A1 accepted)' _ "$HLAUNCH" campaign --config config.yaml --data scan.h5 --app "$app" --mode nlsq --output scans --accept nlsq
check_json "the table is what docs/schemas says" scans/table.json

# Workers.
refused "more workers than placements" 2 "start fewer workers a node, or give --per" "$HLAUNCH" worker "${options[@]}" --config config.yaml --output shared --per machine --rank 1 --ranks 2 --local-rank 1 --local-ranks 2
check "fewer workers" "$HLAUNCH" worker "${options[@]}" --config config.yaml --output shared --per machine --rank 0 --ranks 1
refused "a worker with --fresh" 2 "remove the folder, or start hlaunch run --fresh" "$HLAUNCH" worker "${options[@]}" --config config.yaml --output shared --fresh
check "hlaunch run --fresh" run --output shared --fresh
refused "--merge-only before all is drawn" 1 "start the workers again: they run the rest" run --output half --merge-only
check "the workers, again" "$HLAUNCH" worker "${options[@]}" --config config.yaml --output half
check "then it merges" run --output half --merge-only
refused "a launcher's variable that is no rank" 2 "unset it (a worker may be given --rank and --ranks instead)" env OMPI_COMM_WORLD_RANK=x OMPI_COMM_WORLD_SIZE=2 "$HLAUNCH" worker "${options[@]}" --config config.yaml --output ranked
check "--rank and --ranks" env OMPI_COMM_WORLD_RANK=x OMPI_COMM_WORLD_SIZE=2 "$HLAUNCH" worker "${options[@]}" --config config.yaml --output ranked --rank 0 --ranks 1
check "unset" run --output ranked
summary
