# shellcheck shell=bash disable=SC2154
# Jobs that tests/run.sh runs side by side: lanes take one after the other from a list, so that no core waits for another's last job.
# Source it after tools/lib/common.sh. Given: logs (a folder of this run's own), JOBS_FOLDER (where
# they run).
JOB_KINDS=() JOB_NAMES=() JOB_LIMITS=() JOB_NEEDS=() JOB_PROGRAMS=() LANES=()

# job KIND NAME LIMIT NEEDS [PROGRAM]: KIND is script, unit or make (a function of ours); LIMIT in seconds; NEEDS: nothing, or the name of the
# make that must have ended before. The longest go first.
job() { JOB_KINDS+=("$1") JOB_NAMES+=("$2") JOB_LIMITS+=("$3") JOB_NEEDS+=("$4") JOB_PROGRAMS+=("${5:-}"); }

# run_jobs COUNT: all jobs so far, in so many lanes; returns when all have ended. 1 when something could not be made.
run_jobs() {
    local lane code=0
    rm -f "$logs"/taken.* "$logs"/made.* "$logs"/stop
    trap 'stop_jobs; exit 130' INT
    trap 'stop_jobs; exit 143' TERM
    for ((lane = 0; lane < $1; lane++)); do
        run_lane &
        LANES+=($!)
    done
    for lane in "${LANES[@]}"; do wait "$lane" || code=1; done
    trap - INT TERM
    JOB_KINDS=() JOB_NAMES=() JOB_LIMITS=() JOB_NEEDS=() JOB_PROGRAMS=() LANES=()
    return "$code"
}

# A background job of a shell does not hear Ctrl-C.
stop_jobs() {
    local file
    touch "$logs/stop"
    for file in "$logs"/pid.*; do [ ! -e "$file" ] || kill "$(cat "$file")" 2>/dev/null || :; done
    wait "${LANES[@]}" || :
}

run_lane() {
    local at
    trap - EXIT
    while at=$(next_job); do
        case ${JOB_KINDS[at]} in
        make)
            if ("${JOB_PROGRAMS[at]}"); then
                touch "$logs/made.${JOB_NAMES[at]}"
            else
                touch "$logs/stop"
                return 1
            fi
            ;;
        unit) run_unit "$at" ;;
        script) run_script "$at" ;;
        esac
    done
    [ ! -e "$logs/stop" ] || return 1
}

# The number of one that nobody has taken and that can begin; waits for one, returns 1 when none is left.
next_job() {
    local at left need
    while [ ! -e "$logs/stop" ]; do
        exec 8>"$logs/lock"
        flock 8
        left=
        for at in "${!JOB_NAMES[@]}"; do
            [ ! -e "$logs/taken.$at" ] || continue
            left=yes need=${JOB_NEEDS[at]}
            if [ -z "$need" ] || [ -e "$logs/made.$need" ]; then
                touch "$logs/taken.$at"
                echo "$at"
                return 0
            fi
        done
        exec 8>&-
        [ -n "$left" ] || return 1
        sleep 0.2
    done
    return 1
}

# timed FILE LIMIT COMMAND...: in JOBS_FOLDER; its output goes where the caller's goes; into FILE "exit-code seconds cpu-seconds". INT and
# QUIT are as a shell at a terminal has them, though the lane is a background job.
timed() {
    local file=$1 limit=$2 start=$SECONDS code=0
    shift 2
    times >"$file.before"
    env --default-signal=INT,QUIT -C "$JOBS_FOLDER" timeout -k 20 "$limit" "$@" </dev/null &
    echo $! >"$logs/pid.$BASHPID"
    wait $! || code=$?
    rm -f "$logs/pid.$BASHPID"
    times >"$file.after"
    echo "$code $((SECONDS - start)) $(($(cpu_of_children "$file.after") - $(cpu_of_children "$file.before")))" >"$file"
}

# cpu_of_children FILE: what `times` said of all that the shell had waited for, with what those had waited for, in seconds.
cpu_of_children() { sed -n 2p "$1" | tr ms '  ' | awk '{ printf "%.0f\n", 60 * ($1 + $3) + $2 + $4 }'; }

# report NAME SECONDS CPU PASSED FAILED SKIPPED LOG: whole, also where another lane tells at the same moment.
report() {
    (
        exec 8>"$logs/told"
        flock 8
        echo "$4 $5 $6" >>"$logs/sums"
        printf '%-48s %4d passed %3d failed %3d skipped %5d s %5d s CPU\n' "$1" "$4" "$5" "$6" "$2" "$3"
        if [ "$5" != 0 ]; then
            sed 's/^/    | /' <(tail -n 60 "$7")
        elif [ "$6" != 0 ]; then
            grep '^skip ' "$7" | sed 's/^/    | /' || :
        fi
    )
}

# Catch2's XML reporter counts test cases alike in versions 2 and 3; a program that crashes leaves no such line.
run_unit() { # run_unit NUMBER
    local log=$logs/job.$1.log program=${JOB_PROGRAMS[$1]} limit=${JOB_LIMITS[$1]} line good bad code seconds cpu
    timed "$log.end" "$limit" "$program" -r xml >"$log" 2>"$log.err"
    read -r code seconds cpu <"$log.end"
    line=$(grep -o '<OverallResultsCases [^>]*>' "$log" | tail -n 1) || line=
    good=$(sed -nE 's/.*successes="([0-9]+)".*/\1/p' <<<"$line")
    bad=$(sed -nE 's/.*failures="([0-9]+)".*/\1/p' <<<"$line")
    if [ -z "$line" ]; then
        cat "$log.err" >>"$log"
        echo "exit $code" >>"$log"
        good=0 bad=1
    elif [ "$bad" != 0 ]; then
        timed "$log.end" "$limit" "$program" >"$log" 2>&1
    elif grep -q 'runtime error' "$log.err"; then
        cp "$log.err" "$log"
        bad=1
    fi
    report "${JOB_NAMES[$1]}" "$seconds" "$cpu" "${good:-0}" "${bad:-1}" 0 "$log"
}

# Any script: its ok / not ok / skip lines count; one without such lines counts as one test, by its exit code.
run_script() { # run_script NUMBER
    local log=$logs/job.$1.log limit=${JOB_LIMITS[$1]} code seconds cpu good bad left
    timed "$log.end" "$limit" bash "${JOB_NAMES[$1]}" >"$log" 2>&1
    read -r code seconds cpu <"$log.end"
    good=$(grep -c '^ok ' "$log") || :
    bad=$(grep -c '^not ok ' "$log") || :
    left=$(grep -c '^skip ' "$log") || :
    if [ "$code" = 0 ] && [ $((good + bad + left)) = 0 ]; then
        good=1
    elif [ "$code" != 0 ] && [ "$bad" = 0 ]; then
        bad=1
        printf 'exit %s%s\n' "$code" "$([ "$code" = 124 ] && echo ", not finished after $limit s")" >>"$log"
    fi
    report "${JOB_NAMES[$1]}" "$seconds" "$cpu" "$good" "$bad" "$left" "$log"
}
