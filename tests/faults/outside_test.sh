#!/usr/bin/env bash
# Faults from outside: fork bombs (bounded), shared memory of what was killed, clocks that jump, terminals that go away, closed descriptors.
. "$(dirname "$0")/faults.sh"

# plain_case FAULT RUNNER CODES WHAT [WRAPPER...]: the work done under a wrapper; exit code, nothing left, each piece done once. In dir.
new_case() {
    dir=$T/outside.$FAULTS_TRIED token=fault.$$.$FAULTS_TRIED. WHY=
    mkdir "$dir"
    hlaunch_of "$1" "${2:-plain}" "$dir" "$token"
}
expect() { # CODES
    [[ " $1 " = *" $CODE "* ]] || WHY+="exit $CODE, not $1; "
    if ! wait_for "$PATIENCE" none_holds "$token"; then
        WHY+="left running: $(ps -o pid=,args= -p "$(holders "$token" | paste -sd,)" | head -n 5 | paste -sd';'); "
        # shellcheck disable=SC2046
        kill -KILL $(holders "$token") 2>/dev/null || :
    fi
}
expect_work() { # RUNNER
    [ "$(lines_of "$dir/done")" = "$([ "$1" = run ] && echo 1 || echo 1 2 3)" ] || WHY+="work done: '$(lines_of "$dir/done")'; "
}
again() {
    touch "$dir/go"
    timeout "$PATIENCE" "${COMMAND[@]}" >"$dir/again.out" 2>"$dir/again.err" </dev/null || WHY+="again: exit $?, $(head -c 300 "$dir/again.err"); "
}

# Fork bombs: a tree of at most some 120 processes, a chain of 200 one after the other, and one that runs into its limit of processes.
cat >bomb.sh <<'BOMB'
trap '' INT TERM
echo >>"$2/count"
case $1 in
tree) [ "$(wc -l <"$2/count")" -gt 60 ] || { sh "$0" tree "$2" "$3" & sh "$0" tree "$2" "$3" & } ; sleep 60 ;;
chain) [ "$(wc -l <"$2/count")" -gt 200 ] && sleep 60 || { sleep 0.02; sh "$0" chain "$2" "$3" & } ;;
limit) [ "$4" -gt 5 ] || { sh "$0" limit "$2" "$3" $(($4 + 1)) & sh "$0" limit "$2" "$3" $(($4 + 1)) & } ; sleep 60 ;;
esac
BOMB
for fault in "hlaunch:TERM 143" "hlaunch:KILL 137" "reaper:KILL 1"; do
    for bomb in tree chain limit; do
        dir=$T/bomb.$FAULTS_TRIED token=fault.$$.$FAULTS_TRIED. WHY=
        mkdir -m 777 "$dir"
        inner=(sh "$T/bomb.sh" "$bomb" "$dir" "$token" 0)
        if [ "$bomb" = limit ]; then
            if [ "$(id -u)" != 0 ] || ! command -v setpriv >/dev/null || ! command -v prlimit >/dev/null; then
                skip "a fork bomb at its limit of processes" "needs root, setpriv and prlimit"
                continue
            fi
            inner=(prlimit --nproc=40 setpriv --reuid 54322 --clear-groups "${inner[@]}")
        fi
        # The root stays, so that a chain goes on below it.
        COMMAND=(env "FAULT_TOKEN=$token" "$HLAUNCH" run --per machine --quiet --grace 1 --retries 0 --output "$dir/out" --
            sh -c 'echo $$ >"$1/root"; dir=$1; shift; "$@" & sleep 60' root "$dir" "${inner[@]}")
        background "${COMMAND[@]}" >"$dir/stdout" 2>"$dir/stderr" </dev/null
        wait_for "$PATIENCE" bash -c '[ "$(wc -l <"$1")" -gt 20 ]' _ "$dir/count" || WHY+="the bomb did not go off; "
        reaper=$(parent_of "$(cat "$dir/root")")
        case $fault in
        hlaunch:*) kill -s "$(cut -d: -f2 <<<"${fault% *}")" "$BACKGROUND_PID" ;;
        reaper:*) kill -s KILL "$reaper" ;;
        esac
        ended_code "$BACKGROUND_PID"
        expect "${fault#* }"
        count=$(wc -l <"$dir/count")
        sleep 0.2
        [ "$count" = "$(wc -l <"$dir/count")" ] || WHY+="it goes on; "
        judged "SIG$(cut -d: -f2 <<<"${fault% *}") of ${fault%%:*}; fork bomb ($bomb)" "hlaunch run" "exit $CODE; all are stopped, then killed; none is left" "$WHY"
    done
done

# Shared memory: its names are hlaunch's only in the main job. Here an application that makes some, then waits.
printf 'analysis_mode: static\n' >config.yaml
cat >application.sh <<'APPLICATION'
: >"/dev/shm/hl-$HLAUNCH_INSTANCE-data" && : >"/dev/shm/sem.hl-$HLAUNCH_INSTANCE-lock"
echo "hl-$HLAUNCH_INSTANCE-" >"$FAULT_FOLDER/prefix"
echo $$ >"$FAULT_FOLDER/root.1"
i=0
while [ ! -e "$FAULT_FOLDER/go" ] && [ $i -lt 600 ]; do sleep 0.1; i=$((i + 1)); done
APPLICATION
for fault in hlaunch:TERM hlaunch:KILL reaper:KILL root:KILL root:SEGV; do
    dir=$T/shm.$FAULTS_TRIED token=fault.$$.$FAULTS_TRIED. WHY=
    mkdir "$dir"
    background env "FAULT_TOKEN=$token" "FAULT_FOLDER=$dir" "$HLAUNCH" --mode nlsq --config config.yaml --output "$dir/out" --quiet --grace 1 --retries 0 \
        --app "sh $T/application.sh" >"$dir/stdout" 2>"$dir/stderr" </dev/null
    wait_for "$PATIENCE" test -s "$dir/root.1" || WHY+="it did not begin: $(head -c 300 "$dir/stderr"); "
    root=$(cat "$dir/root.1")
    prefix=$(cat "$dir/prefix")
    ls "/dev/shm/$prefix"* >/dev/null 2>&1 || WHY+="it made none; "
    fault_step "$fault" "$dir" "$token" "$BACKGROUND_PID" "$root" "$(parent_of "$root")"
    ended_code "$BACKGROUND_PID"
    expect "143 137 1 3"
    for left in "/dev/shm/$prefix"* "/dev/shm/sem.$prefix"*; do
        [ ! -e "$left" ] || { WHY+="$left is left; " && rm -f "$left"; }
    done
    judged "SIG${fault#*:} of ${fault%%:*}; it has shared memory" "hlaunch --mode" "exit $CODE; its shared memory and semaphores are removed" "$WHY"
done

# The wall clock jumps while it runs; limits are measured by another clock.
faketime=$(find /usr/lib /usr/lib64 -name 'libfaketimeMT.so.1' 2>/dev/null | head -n 1)
for runner in run queue; do
    for jump in -1d +1d; do
        if [ -z "$faketime" ]; then
            skip "the clock jumps by $jump (hlaunch $runner)" "no libfaketime (Debian: faketime)"
            continue
        fi
        new_case "$runner"
        echo +0 >"$dir/offset"
        hlaunch_of "$runner" plain "$dir" "$token" --instance-limit 10m --time-limit 20m
        fake=(env "LD_PRELOAD=$faketime" "FAKETIME_TIMESTAMP_FILE=$dir/offset" FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1)
        background "${fake[@]}" "${COMMAND[@]}" >"$dir/stdout" 2>"$dir/stderr" </dev/null
        wait_for "$PATIENCE" test -s "$dir/worker.1" || WHY+="it did not begin; "
        echo "$jump" >"$dir/offset"
        sleep 1.5
        touch "$dir/go"
        ended_code "$BACKGROUND_PID"
        expect 0
        expect_work "$runner"
        python3 - "$dir/out/journal.jsonl" <<'PYTHON' || WHY+="the clock was not stepped, or a duration is none; "
import json, sys
from datetime import datetime
events = [json.loads(line[17:]) for line in open(sys.argv[1])]
times = [datetime.fromisoformat(e["time"].replace("Z", "+00:00")) for e in events if "time" in e]
assert abs((times[-1] - times[0]).total_seconds()) > 80000, times
ends = [e for e in events if e["event"] == "end"]
assert ends and all(0 <= e["seconds"] < 1000 for e in ends), ends
PYTHON
        elapsed=$("$HLAUNCH" status "$dir/out" --json | python3 -c 'import json, sys; print(int(json.load(sys.stdin)["elapsed_s"]))')
        [ "$elapsed" -ge 1 ] && [ "$elapsed" -lt 1000 ] || WHY+="status: elapsed_s is $elapsed; "
        [ "$runner" = run ] || again
        expect_work "$runner"
        judged "the clock jumps by $jump" "hlaunch $runner" "no limit fires; durations in the journal and of status are true; done" "$WHY"
    done
done

# Terminals. The session's end sends SIGHUP; with nohup it does not matter.
cat >terminal.py <<'PYTHON'
import os, pty, signal, sys, time
ready, how = sys.argv[1], sys.argv[2]
pid, terminal = pty.fork()
if pid == 0:
    if how == "nohup":
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    os.execvp(sys.argv[3], sys.argv[3:])
os.set_blocking(terminal, False)
end = time.time() + 300
while not os.path.exists(ready) and time.time() < end:
    time.sleep(0.05)
if how == "interrupt":
    os.write(terminal, b"\x03")
else:
    os.close(terminal)
    if how == "nohup":
        time.sleep(1.5)
        open(os.path.dirname(ready) + "/go", "w").close()
end = time.time() + 300
while time.time() < end:
    if how == "interrupt":
        try:
            os.read(terminal, 65536)
        except OSError:
            pass
    done, status = os.waitpid(pid, os.WNOHANG)
    if done:
        code = os.waitstatus_to_exitcode(status)
        sys.exit(code if code >= 0 else 128 - code)
    time.sleep(0.05)
os.kill(pid, signal.SIGKILL)
sys.exit(124)
PYTHON
for runner in run queue; do
    for how in close interrupt nohup; do
        new_case "$runner"
        # Not quiet: lines are drawn on the terminal that goes away.
        COMMAND=("${COMMAND[@]/#--quiet/--fresh}")
        CODE=0
        python3 terminal.py "$dir/worker.1" "$how" "${COMMAND[@]}" >"$dir/stdout" 2>"$dir/stderr" </dev/null || CODE=$?
        COMMAND=("${COMMAND[@]/#--fresh/--quiet}")
        case $how in
        close) name="its terminal is closed" want=129 what="ended as by SIGHUP; again: the rest" ;;
        interrupt) name="Ctrl-C at its terminal" want=130 what="ended in order; again: the rest" ;;
        nohup) name="its terminal is closed, SIGHUP ignored (nohup)" want=0 what="goes on; done" ;;
        esac
        expect "$want"
        if [ "$want" != 0 ] || [ "$runner" = queue ]; then again; fi
        expect_work "$runner"
        judged "$name" "hlaunch $runner" "exit $CODE; $what" "$WHY"
    done
done

# Descriptors that are closed, or take nothing. The journal and what else is written must not be hurt by it.
for runner in run queue; do
    for words in "<&-" ">&-" "2>&-" "<&- >&- 2>&-" ">/dev/full" "2>/dev/full" "<&- >&-" ">/dev/full 2>/dev/full"; do
        new_case "$runner"
        touch "$dir/go"
        CODE=0
        COMMAND=("${COMMAND[@]/#--quiet/--fresh}")
        timeout "$PATIENCE" bash -c 'exec "$@" '"$words" _ "${COMMAND[@]}" </dev/null >"$dir/stdout" 2>"$dir/stderr" || CODE=$?
        expect 0
        expect_work "$runner"
        whole_journal "$dir/out/journal.jsonl" || WHY+="the journal is not whole; "
        ! grep -q part "$dir/out/journal.jsonl.lock" || WHY+="lines for people are in the lock file; "
        judged "started with $words" "hlaunch $runner" "exit $CODE; done" "$WHY"
    done
    # What is asked for on standard output cannot be written: said, though the work is done.
    new_case "$runner"
    touch "$dir/go"
    CODE=0
    hlaunch_of "$runner" plain "$dir" "$token" --json
    "${COMMAND[@]}" >/dev/full 2>"$dir/stderr" </dev/null || CODE=$?
    expect 3
    [ "$(lines_said "$dir/stderr")" = 1 ] || WHY+="not one line; "
    expect_work "$runner"
    judged "--json to a full device" "hlaunch $runner" "exit $CODE, one line; the work is done and known" "$WHY"
    new_case "$runner"
    touch "$dir/go"
    CODE=0
    hlaunch_of "$runner" plain "$dir" "$token" --json
    "${COMMAND[@]}" >&- 2>"$dir/stderr" </dev/null || CODE=$?
    expect "0 3"
    expect_work "$runner"
    whole_journal "$dir/out/journal.jsonl" || WHY+="the journal is not whole; "
    ! grep -rlq '"format": "hlaunch-' "$dir/out/journal.jsonl" "$dir/out/journal.jsonl.lock" || WHY+="the result is in hlaunch's own files; "
    judged "--json with standard output closed" "hlaunch $runner" "exit $CODE; the work is done and known" "$WHY"
done

# Killed in the moment its folder has a journal without a line, and a lock that is not published; or has an empty lock, as another
# program may leave one.
for runner in run queue; do
    new_case "$runner"
    mkdir "$dir/out" && touch "$dir/out/journal.jsonl" && echo '{"host"' >"$dir/out/.hlaunch-4242-0123456789abcdef.tmp"
    CODE=0
    again
    expect 0
    expect_work "$runner"
    judged "killed before its journal had a line" "hlaunch $runner" "the same command again does it" "$WHY"
    new_case "$runner"
    mkdir "$dir/out" && touch -d '2 minutes ago' "$dir/out/journal.jsonl.lock"
    CODE=0
    again
    expect 0
    expect_work "$runner"
    judged "an empty lock, untouched for two minutes" "hlaunch $runner" "the same command again does it" "$WHY"
done
fault_summary
