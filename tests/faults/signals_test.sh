#!/usr/bin/env bash
# Signals at every process of a run, and trees that are hard to end: nothing is left running, no work is lost or done twice.
. "$(dirname "$0")/faults.sh"

code_of() { echo $((128 + $(kill -l "$1"))); }
stopped="what runs is ended in order; again: the rest"
gone="its reapers end what ran; again: the rest"
lost="what it held is killed and tried again"
asked="what it held is ended; told as killed; again: done"
failed="its tree is ended; told with its signal; again: done"
for runner in run queue; do
    for signal in TERM INT HUP QUIT KILL; do
        fault_case "$runner" plain "hlaunch:$signal" "$(code_of "$signal")" "exit $(code_of "$signal"); $([ "$signal" = KILL ] && echo "$gone" || echo "$stopped")"
        if [ "$signal" = KILL ]; then
            fault_case "$runner" plain "reaper:KILL gone go" 0 "$lost"
        else
            fault_case "$runner" plain "reaper:$signal gone go" 1 "exit 1; $asked"
        fi
        fault_case "$runner" plain "root:$signal gone go" 1 "exit 1; $failed"
        fault_case "$runner" plain "worker:$signal gone go" 1 "exit 1; its instance fails, and is told with its exit code; again: done"
    done
    judge_faults
    # As a scheduler does that signals every process of a job; hlaunch reads its own signal before it hears of ends.
    fault_case "$runner" plain "all:TERM" 143 "exit 143; $stopped"
    fault_case "$runner" plain "all:INT" 130 "exit 130; $stopped"
    fault_case "$runner" plain "hlaunch:TERM hlaunch:TERM" 143 "exit 143; killed at once; again: the rest"
    # Stopped with SIGSTOP.
    fault_case "$runner" plain "hlaunch:STOP hlaunch:TERM hlaunch:CONT" 143 "exit 143 once it goes on; again: the rest"
    fault_case "$runner" plain "hlaunch:STOP go done hlaunch:CONT" 0 "it finds what ended meanwhile"
    fault_case "$runner" plain "hlaunch:STOP stop" 143 "hlaunch is woken; exit 143; $stopped"
    fault_case "$runner" plain "hlaunch:STOP hlaunch:KILL" 137 "exit 137; $gone"
    fault_case "$runner" plain "reaper:STOP hlaunch:TERM" 143 "the reaper is woken; exit 143; $stopped"
    fault_case "$runner" plain "reaper:STOP hlaunch:KILL" 137 "the kernel wakes the reaper; $gone"
    fault_case "$runner" plain "reaper:STOP stop" 143 "the reaper is woken; exit 143; $stopped"
    fault_case "$runner" plain "reaper:STOP go done reaper:CONT" 0 "goes on"
    fault_case "$runner" plain "reaper:STOP reaper:KILL gone go" 0 "$lost"
    fault_case "$runner" plain "root:STOP hlaunch:TERM" 143 "the instance is woken to hear it; exit 143; $stopped"
    fault_case "$runner" plain "root:STOP hlaunch:KILL" 137 "exit 137; $gone"
    fault_case "$runner" plain "root:STOP go root:CONT" 0 "goes on"
    fault_case "$runner" plain "root:STOP stop" 143 "exit 143; $stopped"
    fault_case "$runner" plain "worker:STOP hlaunch:TERM" 143 "the worker is woken to hear it; exit 143; $stopped"
    fault_case "$runner" plain "worker:STOP go worker:CONT" 0 "goes on"
    judge_faults
    # Trees that do not want to end. `go`: the root ends by itself, its daemon does not.
    for kind in deaf daemon deaf-daemon bare-daemon; do
        fault_case "$runner" "$kind" "go" 0 "done; $([ "$kind" = deaf ] && echo "nothing to end" || echo "the daemon is ended after its root")"
        fault_case "$runner" "$kind" "hlaunch:TERM" 143 "exit 143; ended within the grace; again: the rest"
        fault_case "$runner" "$kind" "hlaunch:KILL" 137 "exit 137; $gone"
        fault_case "$runner" "$kind" "reaper:KILL gone go" 0 "$lost"
        fault_case "$runner" "$kind" "root:KILL gone go" 1 "exit 1; $failed"
    done
    judge_faults
done

# hlaunch and its reaper killed at once leave nobody to end what the root had started. The root dies with its reaper all the same, and the
# next start kills the rest, by a variable of its environment, before it does the work. hlaunch is stopped first, so that it cannot act between the two.
dir=$T/both token=fault.$$.both. why=
mkdir "$dir"
hlaunch_of run plain "$dir" "$token"
background "${COMMAND[@]}" >"$dir/stdout" 2>"$dir/stderr" </dev/null
wait_for "$PATIENCE" test -s "$dir/root.1" -a -s "$dir/worker.1" || why="the work did not begin; "
root=$(last_of "$dir/root.1")
reaper=$(parent_of "$root")
if [ "${reaper:-0}" -gt 1 ]; then kill -STOP "$BACKGROUND_PID" && kill -KILL "$reaper" "$BACKGROUND_PID"; fi
ended_code "$BACKGROUND_PID"
wait_for "$PATIENCE" ended "$root" || why+="the root is left; "
left=$(holders "$token")
[ -n "$left" ] || why+="no child of the root was left: nothing is tested; "
background timeout "$PATIENCE" "${COMMAND[@]}" >"$dir/again.out" 2>"$dir/again.err" </dev/null
again_pid=$BACKGROUND_PID
left_ended() { for pid in $left; do ended "$pid" || return 1; done; }
wait_for "$PATIENCE" left_ended || why+="the next start leaves what the killed one left; "
touch "$dir/go"
wait "$again_pid" || why+="again: exit $?; "
[ "$(lines_of "$dir/done")" = 1 ] || why+="work done: '$(lines_of "$dir/done")'; "
none_holds "$token" || why+="left after the next start: $(holders "$token" | xargs); "
judged "SIGKILL of hlaunch and reaper at once" "hlaunch run" "exit $CODE; the root dies with its reaper; its children ($(wc -w <<<"$left")) are killed by the next start, which does the work" "$why"
fault_summary
