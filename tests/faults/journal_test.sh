#!/usr/bin/env bash
# A queue's journal that was torn or damaged: what is known to have ended is not run again, all the rest is, and nothing crashes.
# FAULTS_TORN_STEP=1 resumes after a tear at every byte; by default at every 29th and around each line's end, while status reads all.
. "$(dirname "$0")/faults.sh"

for i in 1 2 3 4 5 6; do echo "sh -c 'echo $i >>ran'"; done >six
check "six tasks" "$HLAUNCH" queue six --per machine --output whole --quiet
cat >journals.py <<'PYTHON'
import json, os, pathlib, shutil, subprocess, sys

hlaunch, kind, step = sys.argv[1], sys.argv[2], int(sys.argv[3])
whole = pathlib.Path("whole/journal.jsonl").read_bytes()
lines = whole.splitlines(keepends=True)
ends = [sum(map(len, lines[: i + 1])) for i in range(len(lines))]


def ended(size):
    """How many tasks' ends are whole in the first bytes."""
    return sum(e <= size and json.loads(line[17:]).get("event") == "end" for line, e in zip(lines, ends))


def folder(journal):
    shutil.rmtree("torn", ignore_errors=True)
    os.mkdir("torn")
    pathlib.Path("torn/journal.jsonl").write_bytes(journal)


def resume():
    pathlib.Path("ran").write_text("")
    queue = [hlaunch, "queue", "six", "--per", "machine", "--output", "torn", "--quiet"]
    done = subprocess.run(queue, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300)
    return done.returncode, done.stderr, pathlib.Path("ran").read_text().split()


def wrong(where, what):
    print(f"{kind} at byte {where}: {what}")
    sys.exit(1)


runs = 0
if kind == "torn":
    near = {e + d for e in [0] + ends for d in (-1, 0, 1, 16, 17, 18)}
    for size in (s for s in range(len(whole) + 1) if s % step == 0 or s in near):
        folder(whole[:size])
        code, err, ran = resume()
        runs += 1
        # One after the other: those whose end is known are the first.
        if code != 0 or err or ran != [str(i) for i in range(ended(size) + 1, 7)]:
            wrong(size, f"exit {code}, ran {ran} after {ended(size)} ends, {err}")
        code, err, ran = resume() if size % (8 * step) == 0 else (0, "", [])
        if code != 0 or ran:
            wrong(size, f"and once more: exit {code}, ran {ran}")
elif kind == "status":
    for size in range(len(whole) + 1):
        folder(whole[:size])
        status = subprocess.run([hlaunch, "status", "torn", "--json"], capture_output=True, text=True, timeout=300)
        runs += 1
        if status.stderr or status.returncode not in (0, 1):
            wrong(size, f"exit {status.returncode}, {status.stderr}")
        queue = json.loads(status.stdout).get("queue") or {"done": 0, "failed": 0}
        if (queue["done"], queue["failed"]) != (ended(size), 0):
            wrong(size, f"{queue}, not {ended(size)} done")
else:
    # Lines before the damage stand. Those behind it are believed or not: a task runs again at most once, and none is forgotten.
    for at in range(0, min(ends[6], len(whole)), step):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << (at % 8)
        folder(bytes(damaged))
        code, err, ran = resume()
        runs += 1
        believed = ended(max([0] + [e for e in ends if e <= at]))
        if code in (2, 3):
            if err.count("\n") != 1 or ran:
                wrong(at, f"exit {code}, ran {ran}, {err}")
            continue
        if code != 0 or len(set(ran)) != len(ran) or any(int(i) <= believed for i in ran):
            wrong(at, f"exit {code}, ran {ran} though {believed} ends stand before it, {err}")
        code, err, ran = resume()
        runs += 1
        if code != 0 or ran:
            wrong(at, f"and once more: exit {code}, ran {ran}")
print(len(whole), runs)
PYTHON

# journals NAME KIND STEP WHAT
journals() {
    local out
    if out=$(python3 journals.py "$HLAUNCH" "$2" "$3" 2>&1); then
        judged "$1 (${out#* } runs, ${out% *} bytes)" "journal" "$4" ""
    else
        judged "$1" "journal" "$4" "$(tail -n 1 <<<"$out")"
    fi
}
journals "torn: status at every byte" status 1 "tells what whole lines say; changes nothing"
journals "torn: resumed" torn "${FAULTS_TORN_STEP:-29}" "the tail is cut; tasks whose end is not whole run again, no other"
journals "a flipped bit in each 13th byte of the first lines" flipped 13 "lines before it stand; no task is forgotten, and none runs twice again"

# What is no journal at all.
seeded_noise() { seeded_bytes 100000 >torn/journal.jsonl; }
# noise NAME COMMAND...: makes torn/journal.jsonl
noise() {
    local name=$1 code=0 why=
    shift
    rm -rf torn && mkdir torn
    "$@"
    : >ran
    timeout "$PATIENCE" "$HLAUNCH" queue six --per machine --output torn --quiet >out 2>err </dev/null || code=$?
    case $code in
    0) [ "$(lines_of ran)" = "1 2 3 4 5 6" ] || why="ran $(lines_of ran)" ;;
    2 | 3) [ "$(wc -l <err)" = 1 ] && [ ! -s ran ] || why="exit $code: $(head -c 200 err)" ;;
    *) why="exit $code: $(head -c 200 err)" ;;
    esac
    judged "$name" "journal" "all run, or one line and nothing is started" "$why"
}
noise "empty" touch torn/journal.jsonl
noise "noise" seeded_noise
noise "zeros, as after a crash of the machine" truncate -s 4096 torn/journal.jsonl
noise "a folder" mkdir torn/journal.jsonl
noise "a link to nowhere" ln -s /nonexistent/journal torn/journal.jsonl
noise "a FIFO" mkfifo torn/journal.jsonl
fault_summary
