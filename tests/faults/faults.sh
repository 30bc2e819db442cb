# shellcheck shell=bash
# What the *_test.sh share: pieces of work that are hard to end, faults as short lists of steps, and one judgement for all.
# A case is a line: fault_case RUNNER KIND STEPS CODE WHAT. Cases wait in a row; `judge_faults` starts them together, hurts each and
# judges each, so that graces run side by side. FAULTS_TABLE names a file that gets a row a case (tests/faults/table.sh).
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
cd "$T"
chmod a+rx "$T"
PATIENCE=300 # seconds for what takes a moment on an idle machine
FAULT_CASES=() FAULTS_TRIED=0 FAULTS_SURVIVED=0

# The work. Root and worker (its child) end once `go` is there; only then, at the very end, the line in `done` is written.
#   deaf: both ignore INT and TERM   daemon: has forked twice and left the session, no output   deaf-daemon: that, and ignores INT, TERM, HUP
#   bare-daemon: that, with an empty environment
cat >work.sh <<'WORK'
kind=$1 dir=$2 number=$3 token=$4
[ "$kind" != deaf ] || trap '' INT TERM
[ "$kind" != deaf-daemon ] && [ "$kind" != bare-daemon ] || deaf='trap "" INT TERM HUP;'
stay="$deaf"'echo $$ >>"$1/daemon.$2"; i=0; while [ $i -lt 600 ]; do sleep 0.2; i=$((i + 1)); done'
case $kind in
bare-daemon) (env -i /usr/bin/setsid /bin/sh -c "$stay" daemon "$dir" "$number" "$token" <&- >&- 2>&- &) ;;
*daemon) (setsid sh -c "$stay" daemon "$dir" "$number" "$token" <&- >&- 2>&- &) ;;
esac
echo $$ >>"$dir/root.$number"
# In the background a shell has INT and QUIT ignored for what it starts; in the foreground it would not hear INT itself.
worker='sh -c'
[ "$kind" = deaf ] || worker='env --default-signal=INT,QUIT sh -c'
$worker 'echo $$ >>"$1/worker.$2"; i=0; while [ ! -e "$1/go" ] && [ $i -lt 600 ]; do sleep 0.1; i=$((i + 1)); done' worker "$dir" "$number" "$token" &
wait $! || exit 9
echo "$number" >>"$dir/done"
WORK

# fault_row FAULT WHERE WHAT yes|no|limit: for the table, and the count of both figures.
fault_row() {
    FAULTS_TRIED=$((FAULTS_TRIED + 1))
    [ "$4" != yes ] || FAULTS_SURVIVED=$((FAULTS_SURVIVED + 1))
    local note=
    case $4 in no) note=' (fails)' ;; limit) note=' (not survived)' ;; esac
    [ -z "${FAULTS_TABLE:-}" ] || printf '| %s | %s | %s | %s |\n' "$1" "$2" "$3" "$(basename "$0")$note" >>"$FAULTS_TABLE"
}

# judged FAULT WHERE WHAT WHY: one result and its row; no WHY: survived.
judged() {
    if [ -z "$4" ]; then
        pass "$2: $1: $3"
        fault_row "$1" "$2" "$3" yes
    else
        fail "$2: $1" "$4"
        fault_row "$1" "$2" "should be: $3" no
    fi
}

# Processes that carry the token in their words or their environment; what is dead has neither.
holders() {
    { grep -lsaF -f <(printf '%s\n' "$1") /proc/[0-9]*/cmdline /proc/[0-9]*/environ || :; } | cut -d/ -f3 | sort -un
}
none_holds() { [ -z "$(holders "$1")" ]; }
ended() { [ ! -e "/proc/$1" ] || [ "$(sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null)" = Z ]; }
parent_of() { sed -n 's/^PPid:\t//p' "/proc/$1/status"; }
last_of() { tail -n 1 "$1"; }
lines_of() { if [ -e "$1" ]; then sort -n "$1" | xargs; fi; }

# whole_journal FILE: every line has its checksum's form and is JSON; what was never finished may be torn.
whole_journal() {
    python3 - "$1" <<'PYTHON'
import json, sys
for line in open(sys.argv[1], "rb").read().split(b"\n")[:-1]:
    int(line[:16], 16), json.loads(line[17:])
PYTHON
}

# forget PID: waited for; the number may be another's soon.
forget() {
    local pid left=()
    for pid in ${TESTS_BACKGROUND[@]+"${TESTS_BACKGROUND[@]}"}; do [ "$pid" = "$1" ] || left+=("$pid"); done
    TESTS_BACKGROUND=(${left[@]+"${left[@]}"})
}

# ended_code PID: of a background command, in CODE; 124 when patience is over.
ended_code() {
    CODE=0
    if ! wait_for "$PATIENCE" ended "$1"; then
        CODE=124
        return
    fi
    wait "$1" 2>/dev/null || CODE=$?
    forget "$1"
}

# hlaunch_of RUNNER KIND DIR TOKEN [OPTION...]: the command of a case, the same at each start. In COMMAND.
hlaunch_of() {
    local runner=$1 kind=$2 dir=$3 token=$4 number
    shift 4
    case $runner in
    run) COMMAND=("$HLAUNCH" run --per machine --quiet --grace 1 --output "$dir/out" "$@" -- sh "$T/work.sh" "$kind" "$dir" 1 "$token") ;;
    queue)
        for number in 1 2 3; do echo "sh $T/work.sh $kind $dir $number $token"; done >"$dir/tasks"
        COMMAND=("$HLAUNCH" queue "$dir/tasks" --per cores:1 --reserve-cores 0 --quiet --grace 1 --output "$dir/out" "$@")
        ;;
    esac
    COMMAND=(env "FAULT_TOKEN=$token" "${COMMAND[@]}")
}

# fault_case RUNNER KIND STEPS CODE WHAT: steps are WHO:SIGNAL with hlaunch, reaper, root, worker, daemon or all (hlaunch first); `gone`: root has
# ended; `go`: the work may end; `done`: a piece has; `stop`: hlaunch stop --wait. WHAT happens, for the table.
fault_case() { FAULT_CASES+=("$1|$2|$3|$4|$5"); }

fault_step() { # STEP DIR TOKEN HLAUNCH_PID ROOT REAPER
    local dir=$2 who=${1%%:*} number=${1##*:} pid
    [ "$5" -gt 1 ] && [ "$6" -gt 1 ] || return 1 # kill 0 would be ourselves
    case $who in
    go) touch "$dir/go" ;;
    gone) wait_for "$PATIENCE" ended "$5" ;;
    done) wait_for "$PATIENCE" test -s "$dir/done" ;;
    stop)
        timeout "$PATIENCE" "$HLAUNCH" stop "$dir/out" --wait >"$dir/stop.out" 2>&1 && return
        kill -CONT "$4" # it would be waited for in vain
        return 1
        ;;
    hlaunch) kill -s "$number" "$4" ;;
    reaper) kill -s "$number" "$6" ;;
    root) kill -s "$number" "$5" ;;
    worker | daemon) kill -s "$number" "$(last_of "$dir/$who.1")" ;;
    all)
        kill -s "$number" "$4"
        for pid in $(holders "$3"); do [ "$pid" = "$4" ] || kill -s "$number" "$pid" 2>/dev/null || :; done
        ;;
    esac
}

# hurt DIR TOKEN HLAUNCH_PID KIND STEPS: once the work has begun. What does not go as it should is in DIR/why.
hurt() {
    local dir=$1 token=$2 hlaunch=$3 root reaper step
    wait_for "$PATIENCE" test -s "$dir/root.1" -a -s "$dir/worker.1" || echo "the work did not begin; "
    [[ $4 != *daemon ]] || wait_for "$PATIENCE" test -s "$dir/daemon.1" || echo "the daemon did not begin; "
    root=$(last_of "$dir/root.1" || echo 0)
    reaper=$(parent_of "$root" || echo 0)
    for step in $5; do
        fault_step "$step" "$dir" "$token" "$hlaunch" "$root" "$reaper" || echo "step $step failed; "
    done
} >>"$1/why" 2>&1

# lines_said FILE: how many. This shell may tell there, too, that an earlier job of its own was killed.
lines_said() { grep -vcE 'lib\.sh: line [0-9]+: +[0-9]+ Killed ' "$1" || :; }

# judge_end DIR TOKEN WANT: of the start that was hurt; its exit code is in CODE.
judge_end() {
    [ "$CODE" = "$3" ] || echo "exit $CODE, not $3; "
    [ "$(lines_said "$1/stderr")" -le 1 ] || echo "more than a line on stderr: $(head -n 3 "$1/stderr" | cut -c 1-200 | tr '\n' '|'); "
    if ! wait_for "$PATIENCE" none_holds "$2"; then
        echo "left running: $(ps -o pid=,args= -p "$(holders "$2" | paste -sd,)" | head -n 5 | paste -sd';'); "
        # shellcheck disable=SC2046
        kill -KILL $(holders "$2") 2>/dev/null || :
    fi
    whole_journal "$1/out/journal.jsonl" 2>/dev/null || echo "the journal is not whole; "
} >>"$1/why" # not stderr: there bash tells of those that were killed

# Starts all cases, hurts each, judges each: exit code, nothing left, the same command again does the rest, each piece of work done once.
judge_faults() {
    local at runner kind steps want what dir token pids=() hurting=() options first=$FAULTS_TRIED
    for at in "${!FAULT_CASES[@]}"; do
        IFS='|' read -r runner kind steps want what <<<"${FAULT_CASES[at]}"
        dir=$T/case.$((first + at)) token=fault.$$.$((first + at)).
        mkdir "$dir"
        hlaunch_of "$runner" "$kind" "$dir" "$token"
        background "${COMMAND[@]}" >"$dir/stdout" 2>"$dir/stderr" </dev/null
        pids[at]=$BACKGROUND_PID
        hurt "$dir" "$token" "$BACKGROUND_PID" "$kind" "$steps" &
        hurting[at]=$!
    done
    for at in "${!FAULT_CASES[@]}"; do
        IFS='|' read -r runner kind steps want what <<<"${FAULT_CASES[at]}"
        dir=$T/case.$((first + at)) token=fault.$$.$((first + at)).
        wait "${hurting[at]}"
        ended_code "${pids[at]}"
        judge_end "$dir" "$token" "$want"
        # What did not end well is asked for again by its option; what was stopped or lost is not.
        options=()
        if [ "$runner" = queue ] && [ "$want" = 1 ]; then options=(--retry-failed); fi
        touch "$dir/go"
        hlaunch_of "$runner" "$kind" "$dir" "$token" ${options[@]+"${options[@]}"}
        # A copy of a command that is done would be run again.
        if [ "$runner" = run ] && [ "$want" = 0 ]; then COMMAND=(true); fi
        background timeout "$PATIENCE" "${COMMAND[@]}" >"$dir/again.out" 2>"$dir/again.err" </dev/null
        pids[at]=$BACKGROUND_PID
    done
    for at in "${!FAULT_CASES[@]}"; do
        IFS='|' read -r runner kind steps want what <<<"${FAULT_CASES[at]}"
        dir=$T/case.$((first + at)) token=fault.$$.$((first + at)).
        ended_code "${pids[at]}"
        [ "$CODE" = 0 ] || echo "again: exit $CODE, $(head -c 300 "$dir/again.err"); " >>"$dir/why"
        none_holds "$token" || echo "again: something is left; " >>"$dir/why"
        [ "$(lines_of "$dir/done")" = "$([ "$runner" = run ] && echo 1 || echo 1 2 3)" ] ||
            echo "work done: '$(lines_of "$dir/done")'; " >>"$dir/why"
        judged "$(fault_name "$kind" "$steps")" "hlaunch $runner" "$what" "$(tr -d '\n' <"$dir/why")"
    done
    FAULT_CASES=()
}

# In words for people.
fault_name() {
    local word out=''
    for word in $2; do
        case $word in
        gone | done) continue ;;
        go) word="the work ends" ;;
        stop) word="hlaunch stop" ;;
        all:*) word="SIG${word#*:} of all" ;;
        root:*) word="SIG${word#*:} of an instance" ;;
        *) word="SIG${word#*:} of ${word%%:*}" ;;
        esac
        [ "$word" != "the work ends" ] || [ "$2" = go ] || [[ $2 = *STOP* ]] || continue
        out+="${out:+, }$word"
    done
    [ "$1" = plain ] && echo "$out" || echo "$out; $1"
}

# fault_summary: the two figures, then the summary of tests/lib.sh.
fault_summary() {
    echo "$FAULTS_TRIED faults tried, $FAULTS_SURVIVED survived"
    [ -z "${FAULTS_COUNTS:-}" ] || echo "$FAULTS_TRIED $FAULTS_SURVIVED" >>"$FAULTS_COUNTS"
    summary
}
