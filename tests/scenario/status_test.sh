#!/usr/bin/env bash
# What others see of a run: status, logs, stop and --json-events, while it runs, after it, and after it was killed.
. "$(dirname "$0")/../lib.sh"
cd "$T"

# field FILE EXPRESSION: of a JSON file read as j
field() { python3 -c "import json,sys; j=json.load(open(sys.argv[1])); print($2)" "$1"; }
# state_of DIR: in one word, with the state of its first part
state_of() {
    "$HLAUNCH" status "$1" --json >"$T/state.json" || :
    field "$T/state.json" 'j["state"] + " " + (j["stages"][-1]["parts"][0]["state"] if j["stages"] else "-")'
}
is_state() { [ "$(state_of "$1")" = "$2" ]; }
run() { "$HLAUNCH" run --per machine --quiet "$@"; }
# check_code NAME CODE COMMAND...: status tells on standard output, also where its exit code is 1; that is in check.out
check_code() {
    local name=$1 want=$2 code=0
    shift 2
    "$@" >check.out 2>check.err || code=$?
    check_equal "$name" "$want, nothing on stderr" "$code, $([ -s check.err ] && cat check.err || echo nothing on stderr)"
}
gone() { ! kill -0 "$1" 2>/dev/null; }

# While it runs.
background "$HLAUNCH" run --per machine --quiet --output live -- bash -c 'echo one; echo to-stderr >&2; while [ ! -e ../go ] && [ ! -e go ]; do sleep 0.05; done; echo two'
pid=$BACKGROUND_PID
check "status.json is there while it runs" wait_for 10 test -e live/status.json
check "status: running" wait_for 10 is_state live "running running"
check_json "status.json" live/status.json
check_json "status --json" state.json
check_exit "status: exit code 0 while it runs" 0 "$HLAUNCH" status live
check "status: who, where, how long" grep -q "^live: running for .*pid $pid on $(hostname)" check.out
check "status: no colour in a file" bash -c '! grep -q "$(printf "\033")" check.out'
cp -r live copied
check_equal "a copy of its folder is told as one" "gone lost True" "$(state_of copied) $(field state.json 'j["copied"]')"
check "stop leaves the run of a copied folder alone" bash -c '"$1" stop copied | grep -q "nothing runs in copied: it is a copy" && kill -0 "$2"' _ "$HLAUNCH" "$pid"
head -c -7 live/journal.jsonl >torn.jsonl
cp torn.jsonl copied/journal.jsonl
check_code "a torn line at the end of the journal is no error" 1 "$HLAUNCH" status copied
check_equal "and nothing is cut off by looking" "$(stat -c %s torn.jsonl)" "$(stat -c %s copied/journal.jsonl)"
"$HLAUNCH" logs live -f >followed &
follower=$!
TESTS_BACKGROUND+=("$follower")
check "logs -f: what is there already" wait_for 5 grep -q one followed
check_equal "logs -f: not what is still to come" "" "$(grep two followed || :)"
timeout 300 "$HLAUNCH" status live --watch >watched &
watcher=$!
check "status --watch: at once" wait_for 5 grep -q running watched
touch go
check "the run ends" wait_for 10 gone "$pid"
check "logs -f: lines as they come" wait_for 5 grep -q two followed
check "logs -f ends with the run" wait_for 5 gone "$follower"
watch_ended() { wait_for 10 gone "$watcher" && grep -q "live: done in" watched; }
check "status --watch ends with the run, and says how" watch_ended

# After it.
check_equal "status: done" "done done" "$(state_of live)"
check_exit "exit code 0 when done" 0 "$HLAUNCH" status live
check_json "status.json marked ended" live/status.json
check_equal "with the exit code" "ended 0" "$(field live/status.json 'j["state"], j["exit_code"]' | tr -d "(',)")"
mv live elsewhere
check_equal "moved, it reads the same" "done done" "$(state_of elsewhere)"
check_equal "logs of a part, standard output alone" "one two" "$("$HLAUNCH" logs elsewhere 0 --stdout | xargs)"
check_equal "logs of all, each with its name" "==> parts/000/stdout.log <==" "$("$HLAUNCH" logs elsewhere | sed -n 1p)"
check_equal "raw bytes" "$(cat elsewhere/parts/000/stdout.log | sha256sum)" "$("$HLAUNCH" logs elsewhere 000 --stdout | sha256sum)"
check_exit "a part that is none" 2 "$HLAUNCH" logs elsewhere 7
check "which are there" grep -q "no part '7'; it has 000" check.err
check_equal "stop: nothing runs" "nothing runs in elsewhere" "$("$HLAUNCH" stop elsewhere)"

# After a failure.
run --output bad -- sh -c 'echo broken >&2; exit 7' 2>/dev/null || :
check_code "status of a failed run: exit code 1" 1 "$HLAUNCH" status bad
for word in 'bad: failed after' 'machine\|part 000  failed' 'crashed, exit code 7' 'read the end of its log' 'log: parts/000/stderr.log'; do
    check "status of a failed run tells: $word" grep -q "$word" check.out
done
check "no line is wider than 80 columns" bash -c '! grep -q "^.\{101\}" check.out'

# A queue.
printf 'true\nfalse\necho x\n' >tasks
"$HLAUNCH" queue tasks --quiet --output queued 2>/dev/null || :
check_code "status of a queue with a failed task: exit code 1" 1 "$HLAUNCH" status queued
check "how many of its tasks are done" grep -q "^2 of 3 tasks done, 1 failed, 0 running, 0 waiting" check.out
"$HLAUNCH" status queued --json >state.json || :
check_json "status --json of a queue" state.json

# Killed with SIGKILL: nothing was written any more.
background "$HLAUNCH" run --per machine --quiet --output killed --grace 2 -- sleep 300
pid=$BACKGROUND_PID
check "it runs" wait_for 10 is_state killed "running running"
kill -KILL "$pid"
wait "$pid" 2>/dev/null || :
check_equal "SIGKILL of hlaunch: gone, its part lost" "gone lost" "$(state_of killed)"
check_code "exit code 1" 1 "$HLAUNCH" status killed
check "says what to do" grep -q "the same command again does the rest" check.out
check "the same folder again runs" wait_for 15 run --output killed -- true
check_equal "and is done" "done done" "$(state_of killed)"

# Stopped from another shell.
for how in "" --kill; do
    background "$HLAUNCH" run --per machine --quiet --output stopped --grace 200 -- \
        bash -c 'trap "" INT TERM; [ -n "$1" ] || trap "exit 1" INT; echo $$ >pid; while :; do sleep 0.1; done' _ "$how"
    pid=$BACKGROUND_PID code=0
    start=$SECONDS
    check "it runs (stop $how)" wait_for 10 is_state stopped "running running"
    check "its instance too" wait_for 5 test -s pid
    # shellcheck disable=SC2086
    "$HLAUNCH" stop stopped --wait $how >stop.out
    wait "$pid" || code=$?
    check_equal "stop $how: exit code 143" 143 "$code"
    check "stop $how tells how it ended" grep -q "^ended: stopped after" stop.out
    check "long before the grace is over" test $((SECONDS - start)) -lt 190
    check "nothing is left" gone "$(cat pid)"
    check_equal "status: stopped" "stopped stopped" "$(state_of stopped)"
    rm pid
done
# As another host does: a file in the run folder.
background "$HLAUNCH" run --per machine --quiet --output stopped --grace 2 -- sleep 300
pid=$BACKGROUND_PID code=0
check "it runs (stop file)" wait_for 10 is_state stopped "running running"
touch stopped/stop
wait "$pid" || code=$?
check_equal "the stop file: exit code 143" 143 "$code"
touch stopped/stop
check "a stop that came too late is forgotten" run --output stopped -- true
cp -r bad other
python3 - <<'EOF'
import json
j = json.load(open("other/status.json"))
j.update(host="node-b", state="running", pid=4242)
j.pop("exit_code", None)
json.dump(j, open("other/status.json", "w"))
EOF
check "stop of a run on another host leaves the file there" bash -c '"$1" stop other | grep -q "asked hlaunch on node-b (pid 4242)" && test -e other/stop' _ "$HLAUNCH"

# Events for other programs.
mkfifo events
(exec 3<events; until [ -e fed.over ]; do sleep 0.1; done; cat <&3 >events.out) &
reader=$!
check "a reader of --json-events that reads nothing does not hold up the run" timeout 120 "$HLAUNCH" run --per machine --quiet --output fed --json-events events -- sh -c 'sleep 1; true'
touch fed.over
wait "$reader"
check "each line is JSON; begin first, exit last, state and end between" python3 - <<'EOF'
import json
events = [json.loads(line) for line in open("events.out")]
names = [e["event"] for e in events]
assert names[0] == "begin" and events[0]["format"] == "hlaunch-events", names
assert names[-1] == "exit" and events[-1]["code"] == 0, names
for name in ("command", "start", "state", "end"):
    assert name in names, (name, names)
assert all("time" in e for e in events)
assert [e["state"] for e in events if e["event"] == "state"][-1] == "done"
EOF
check "no reader at all is no harm" timeout 120 "$HLAUNCH" run --per machine --quiet --output fed2 --json-events events -- true
"$HLAUNCH" run --per machine --quiet --output fed3 --json-events /dev/fd/3 -- true 3>&1 >/dev/null | tail -1 >last
check "a descriptor" grep -q '"event":"exit"' last
check_exit "--json-events without --output" 2 "$HLAUNCH" run --json-events x -- true
check_exit "--json-events to a folder" 2 "$HLAUNCH" run --output fed4 --json-events "$T" -- true

# What is no run, or a hostile one.
mkdir empty
check_exit "status of an empty folder" 2 "$HLAUNCH" status empty
check_exit "status of nothing" 2 "$HLAUNCH" status nowhere
check_exit "logs of nothing" 2 "$HLAUNCH" logs nowhere
check_exit "stop of nothing" 2 "$HLAUNCH" stop nowhere
mkdir hostile && mkfifo hostile/journal.jsonl
check_exit "a FIFO for a journal" 3 timeout 120 "$HLAUNCH" status hostile
rm hostile/journal.jsonl && truncate -s 2G hostile/journal.jsonl
check_exit "a huge journal" 3 timeout 120 "$HLAUNCH" status hostile
# Not noise from the first byte on: that may be a zero or a newline, with which a torn journal may begin.
{ printf x; seeded_bytes 100000; } >hostile/journal.jsonl
for file in plan.json status.json journal.jsonl.lock; do seeded_bytes 10000 >"hostile/$file"; done
check_exit "noise everywhere" 2 timeout 120 "$HLAUNCH" status hostile
check "it says that this is no journal" grep -q "hostile/journal.jsonl is no journal of hlaunch; move it away" check.err
: >hostile/journal.jsonl
check_exit "noise in all but the journal" 0 timeout 120 "$HLAUNCH" status hostile
python3 -c 'print("[" * 100000)' >hostile/plan.json
rm hostile/status.json && mkfifo hostile/status.json
check_exit "a deep plan and a FIFO for a status" 0 timeout 120 "$HLAUNCH" status hostile
for file in plan.json status.json merged/merge.json; do
    rm -rf hostile && mkdir -p hostile/merged && : >hostile/journal.jsonl
    python3 -c 'print("{\"a\":" + "[" * 200000 + "]" * 200000 + "}")' >"hostile/$file"
    check_exit "a whole but deep $file" 0 timeout 120 "$HLAUNCH" status hostile
done
mkdir -p hostile/workers/w
mkfifo hostile/workers/w/journal.jsonl.lock
: >hostile/workers/w/journal.jsonl
check_exit "a FIFO for a worker's lock" 0 timeout 120 "$HLAUNCH" status hostile
summary
