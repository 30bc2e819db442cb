#!/usr/bin/env bash
# A folder belongs to one kind of run: every other kind is refused before anything is written there, also with --fresh, also where
# the run in it has not ended well. The same for another analysis, which only a survey can tell. The homodyne is a fake.
. "$(dirname "$0")/../lib.sh"
cd "$T"
cat >config.yaml <<'EOF'
analysis_mode: static
parameter_space: {bounds: [{name: D0, min: 18000, max: 38000, prior_mu: 28000, prior_sigma: 2000},
                           {name: alpha, min: -1.5, max: 0.5, prior_mu: -0.5, prior_sigma: 0.2}]}
EOF
echo data >scan.h5
printf 'true\ntrue\n' >tasks
app="$(command -v python3) $REPO/tests/scenario/fake_homodyne.py"
analysis=(--config config.yaml --app "$app" --mode cmc --jit-cache off --quiet)
# start KIND DIR OPTION...
start() {
    local kind=$1 folder=$2
    shift 2
    case $kind in
    analysis) "$HLAUNCH" run "${analysis[@]}" --output "$folder" "$@" ;;
    command) "$HLAUNCH" run --per machine --quiet --output "$folder" "$@" -- true ;;
    queue) "$HLAUNCH" queue tasks --quiet --output "$folder" "$@" ;;
    campaign) "$HLAUNCH" campaign --config config.yaml --data scan.h5 --app "$app" --mode nlsq --quiet --output "$folder" "$@" ;;
    worker) "$HLAUNCH" worker "${analysis[@]}" --output "$folder" "$@" ;;
    script) "$HLAUNCH" script slurm "${analysis[@]}" --no-forecast --node this --output "$folder" ;;
    submit) "$HLAUNCH" submit slurm "${analysis[@]}" --no-forecast --node this --output "$folder" ;;
    merge) "$HLAUNCH" merge analysis --kind shards --output "$folder" ;;
    esac
}
# Every byte of the folder, with names, kinds and times of change.
whole() { find "$1" -printf '%p %y %T@\n' | sort && find "$1" -type f | sort | xargs sha256sum; }
seen() { "$HLAUNCH" status "$1" && "$HLAUNCH" status "$1" --json; }

kinds="analysis command queue campaign"
for kind in $kinds; do check "$kind: runs" start "$kind" "$kind"; done
# What a start that was stopped or had failed has left is a kind's as well.
check_exit "an analysis that fails in its survey" 1 env FAKE_SURVEY=fails "$HLAUNCH" run "${analysis[@]}" --output failed-analysis
check_exit "a campaign that fails in its survey" 1 env FAKE_SURVEY=fails "$HLAUNCH" campaign --config config.yaml --data scan.h5 --app "$app" --output failed-campaign --quiet
check "a worker's run" start worker workers-of
for folder in $kinds failed-analysis failed-campaign workers-of; do
    of=${folder#failed-}
    [ "$of" != workers-of ] || of=analysis
    seen "$folder" >seen.before || :
    whole "$folder" >whole.before
    for other in $kinds worker script submit merge; do
        case $of:$other in "$other:$other" | analysis:worker | analysis:script | analysis:submit) continue ;; esac
        check_exit "$other in the folder of $folder" 2 start "$other" "$folder"
        check "$other in the folder of $folder: says of what it is" grep -qE "holds the run of (an analysis|a (command|queue|campaign))[;,]" check.err
        case $other in worker | script | submit | merge) continue ;; esac
        check_exit "$other --fresh in the folder of $folder" 2 start "$other" "$folder" --fresh
    done
    check_equal "$folder: not a byte is another" "" "$(whole "$folder" | diff whole.before - || :)"
    check_equal "$folder: status says the same" "" "$({ seen "$folder" || :; } | diff seen.before - || :)"
done
check_exit "a worker's own folder is no queue's" 2 start queue "$(echo workers-of/workers/*)"
check "nor an analysis'" bash -c '! "$@" 2>other.err && grep -q "what a worker of a run draws" other.err' _ \
    "$HLAUNCH" run "${analysis[@]}" --output "$(echo workers-of/workers/*)"

# The remedy that is named: removed, it is another's.
rm -r command
check "a folder that was removed is taken" start queue command

# Another analysis: the survey tells, and what is there stays as it stood.
# Without what tells of the newest hlaunch: who it was, how it ended.
state() { { "$HLAUNCH" status analysis --json || :; } | python3 -c 'import json, sys; print({k: v for k, v in json.load(sys.stdin).items() if k not in ("pid", "exit_code")})'; }
state >state.before
code=0
"$HLAUNCH" status analysis >/dev/null || code=$?
find analysis -type f ! -name 'journal.jsonl*' ! -name status.json | sort | xargs sha256sum >files.before
sed 's/prior_sigma: 2000/prior_sigma: 2500/' config.yaml >other.yaml
check_exit "another config" 2 "$HLAUNCH" run "${analysis[@]/config.yaml/other.yaml}" --output analysis
check "says what is another" grep -q "config changed" check.err
check_equal "status is that of the analysis" "" "$(state | diff state.before - || :)"
check_equal "and so is its exit code" "$code" "$("$HLAUNCH" status analysis >/dev/null 2>&1; echo $?)"
check_equal "its files are as they were" "" "$(find analysis -type f ! -name 'journal.jsonl*' ! -name status.json | sort | xargs sha256sum | diff files.before - || :)"
check "the analysis itself goes on from there" bash -c '"$@" && test ! -e analysis/survey.new' _ "$HLAUNCH" run "${analysis[@]}" --output analysis
summary
