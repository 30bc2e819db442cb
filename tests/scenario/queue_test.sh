#!/usr/bin/env bash
# A file of commands over the placements: all run once, failures told, a stop and a SIGKILL lose and double nothing.
. "$(dirname "$0")/../lib.sh"
cd "$T"
queue() { "$HLAUNCH" queue "$@" --per cores:1 --reserve-cores 0 --quiet; }
done_by() { sort "$1" | uniq -c | awk '{ print $1 }' | sort -u | tr '\n' ' '; }

for i in $(seq 50); do echo "sh -c 'echo $i >>ran'"; done >fifty
check "fifty commands" queue fifty --output q
check_equal "each ran once" "50 1 " "$(wc -l <ran) $(done_by ran)"
check "again: none runs" queue fifty --output q
check_equal "none ran" 50 "$(wc -l <ran)"
echo "sh -c 'echo 51 >>ran'" >>fifty
sed -i '1{h;d};2{G}' fifty
check "one more, and two in another order" queue fifty --output q
check_equal "only the new one ran" "51 1 " "$(wc -l <ran) $(done_by ran)"
check "--fresh runs all" queue fifty --output q --fresh
check_equal "all ran" "102 2 " "$(wc -l <ran) $(done_by ran)"

printf 'true\nsh -c "echo out; echo err >&2; exit 7"\n["printf", "%%s|", "a b", "$HOME"]\n\n# no\nno-such-command\n' >mixed
check_exit "failures" 1 "$HLAUNCH" queue mixed --per cores:1 --output mixed.q --quiet
check "are told with the first of them" grep -q "2 of 4 tasks failed; the first: task 2, exit code 7, crashed" check.err
check_equal "logs are whole" "out err a b|\$HOME|" "$(cat mixed.q/tasks/000/000002.out mixed.q/tasks/000/000002.err mixed.q/tasks/000/000003.out | tr '\n' ' ')"
check_equal "hlaunch logs tells those of a task" "err" "$("$HLAUNCH" logs mixed.q 2 --stderr)"
check_equal "and of all, each with its name" "2 ==> tasks/000/000002.out <==" "$("$HLAUNCH" logs mixed.q --stdout | grep -c "^==>") $("$HLAUNCH" logs mixed.q --stdout | grep -m 1 "^==>")"
check_equal "tasks without output leave no files" "000002.err 000002.out 000003.out" "$(find mixed.q/tasks -type f -printf '%f\n' | sort | xargs)"
check_exit "and hlaunch logs says so" 2 "$HLAUNCH" logs mixed.q 1
check "in words" grep -q "task 1 has left no output" check.err
check_exit "failed ones are not run again" 1 "$HLAUNCH" queue mixed --per cores:1 --output mixed.q --quiet
check "but told" grep -q "2 of 4 tasks failed at an earlier start; --retry-failed" check.err
sed -i 's/exit 7/exit 0/' mixed
check_exit "a changed command is a new one" 1 "$HLAUNCH" queue mixed --per cores:1 --output mixed.q --quiet
check_equal "JSON" "hlaunch-queue 4 3 0 1 start-failed" "$({ "$HLAUNCH" queue mixed --per cores:1 --output mixed.q --retry-failed --json --quiet 2>/dev/null || :; } |
    python3 -c 'import json, sys; j = json.load(sys.stdin); print(j["format"], j["tasks"], j["done_before"], j["done"], j["failed"], j["failures"][0]["outcome"])')"
"$HLAUNCH" queue mixed --per cores:1 --output mixed.q --json --quiet >mixed.json 2>/dev/null || :
check_json "--json is what docs/schemas says" mixed.json
check "NUL between records" bash -c 'printf "touch x1\0touch x2\0" >nul && "$1" queue nul -0 --per cores:1 --quiet && test -e x1 -a -e x2' _ "$HLAUNCH"
check_exit "an open quote" 2 "$HLAUNCH" queue <(:) --quiet
printf "true\necho 'a\n" >bad
check_exit "a bad record" 2 "$HLAUNCH" queue bad --output bad.q --quiet
check "is named, and nothing was started" bash -c 'grep -q "bad: line 2: a quote" check.err && test ! -e bad.q'
# Lines made for a shell: refused before anything starts, with a remedy that works.
refused() { # refused NAME LINE PATTERN
    printf 'touch started\n\n%s\n' "$2" >shell
    check_exit "$1" 2 "$HLAUNCH" queue shell --output shell.q --quiet
    check "$1: line and remedy, nothing started" bash -c 'grep -qF -e "shell: line 3: $1" check.err && ! test -e started -o -e shell.q' _ "$3"
}
refused "a redirection" 'echo hello > out.txt' "'>' in column 12 is shell syntax, but no shell reads it: quote it, or let a shell read all: sh -c 'echo hello > out.txt'"
refused "a pipe" 'echo a | wc -c' "'|' in column 8"
refused "a variable" 'echo $HOME' "'\$' in column 6"
refused "a pattern" 'cat *.dat' "'*.dat' in column 5"
refused "an assignment" 'OMP_NUM_THREADS=1 ./sim' "OMP_NUM_THREADS=1 in column 1 is shell syntax, but no shell reads it: write env before it"
refused "a command of the shell itself" 'cd work' "cd in column 1"
refused "a comment at the end" 'echo a # first' "'#' in column 8"
refused "an empty array" '[]' "its JSON array is empty"
refused "a word longer than the kernel takes" "echo $(head -c 200000 /dev/zero | tr '\0' x)" "word 2 of the command is 200000 bytes long, and the kernel takes words of at most 131071"
sed -n "s/.*let a shell read all: //p" <(printf 'echo hello > out.txt\n' >shell; "$HLAUNCH" queue shell 2>&1 || :) >remedy
check "the remedy, followed" "$HLAUNCH" queue remedy --quiet
check_equal "does what the line meant" hello "$(cat out.txt)"
check "quoted, escaped and in JSON it is a word" bash -c 'printf "%s\n" "touch '"'"'a>b'"'"'" "touch c\\;d" "[\"touch\", \"e|f\"]" >words && "$0" queue words --quiet && test -e "a>b" -a -e "c;d" -a -e "e|f"' "$HLAUNCH"
check "a file from Windows, with empty rows and comments" bash -c 'printf "\357\273\277# tasks\r\n\r\ntouch w1\r\n\r\ntouch w2\r\n\r\n" >windows && "$0" queue windows --quiet && test -e w1 -a -e w2' "$HLAUNCH"
check_exit "no file" 2 "$HLAUNCH" queue nowhere --quiet
check_exit "an empty file" 2 "$HLAUNCH" queue /dev/null --quiet

# What --key-env names belongs to a task; the rest of the environment does not.
echo 'sh -c "echo $0$KEYED >>keyed"' >one
level=7
for value in one-value other-value other-value; do check "KEYED=$value" env KEYED=$value SHLVL=$((++level)) "$HLAUNCH" queue one --key-env KEYED --output keyed.q --quiet; done
check_equal "another value is another task, the same is not" "2" "$(wc -l <keyed)"
check "its value is not written down, which may be secret" bash -c '! grep -rq other-value keyed.q'
check_exit "no name of a variable" 2 "$HLAUNCH" queue one --key-env A=1 --output keyed.q --quiet
check_exit "--key-env without --output" 2 "$HLAUNCH" queue one --key-env KEYED --quiet
check "--json-events" queue fifty --output events.q --json-events events
check_equal "tells begin, each end and the exit" "1 51 1" "$(grep -c '"event":"begin"' events) $(grep -c '"event":"end"' events) $(grep -c '"code":0.*"event":"exit"\|"event":"exit".*"code":0' events)"

# A stop: what ran is run again, what ended is not.
# Once it has begun to write its line a task hears no signal, so that a line means an end.
for i in $(seq 40); do echo "sh -c 'sleep 0.1; trap \"\" INT TERM; echo $i >>slow'"; done >forty
background "$HLAUNCH" queue forty --per cores:1 --output forty.q --quiet --grace 2
pid=$BACKGROUND_PID code=0
wait_for 20 test -s slow
kill -TERM "$pid"
wait "$pid" || code=$?
check_equal "SIGTERM: 128 + 15" 143 "$code"
check "resumed" queue forty --output forty.q
check_equal "each ended once" "40 1 " "$(wc -l <slow) $(done_by slow)"

# SIGKILL of hlaunch at many moments (the same pauses each time), again and again. A task ignores the signals that its reaper then sends, so that one that
# has written its line always ends: exactly one line a task, in however many starts. tests/run.sh --full: 1,000 rounds.
kill_and_resume() { # BATCH ROUNDS
    local round killed=0 tasks=$((12 * $2)) code
    RANDOM=$1
    for round in $(seq "$tasks"); do echo "sh -c 'trap \"\" INT TERM; sleep 0.0$((round % 3)); echo $round >>killed.$1'"; done >"batch.$1"
    for round in $(seq "$2"); do
        background "$HLAUNCH" queue "batch.$1" --per cores:1 --reserve-cores 0 --output "kill.$1" --quiet
        sleep "0.$(printf '%03d' $((RANDOM % 150)))"
        kill -KILL "$BACKGROUND_PID" 2>/dev/null || :
        code=0
        wait "$BACKGROUND_PID" 2>/dev/null || code=$?
        [ "$code" != 137 ] || killed=$((killed + 1))
    done
    check "batch $1: $killed of $2 starts killed; the last start ends all" queue "batch.$1" --output "kill.$1"
    check "batch $1: many starts were killed" test "$killed" -gt $(($2 / 4))
    check_equal "batch $1: $tasks tasks, each done exactly once" "$tasks 1 " "$(wc -l <"killed.$1") $(done_by "killed.$1")"
    check_equal "batch $1: one end a task in the journal" "$tasks" "$(grep -c '"outcome":"done"' "kill.$1/journal.jsonl")"
    check "batch $1: nothing is left running" bash -c '! pgrep -f "[q]ueue batch.$1 --per"' _ "$1"
    check "batch $1: no receipts and no lock are left" test ! -e "kill.$1/journal.jsonl.receipts" -a ! -e "kill.$1/journal.jsonl.lock"
    find "kill.$1" \( -name '.hlaunch-*.tmp' -o -name 'journal.jsonl.lock.*' \) -exec touch -d '2 minutes ago' {} +
    check "batch $1: once more, all done" queue "batch.$1" --output "kill.$1"
    check_equal "batch $1: temporary files of killed starts are gone" "" "$(find "kill.$1" -name '.*.tmp' -o -name 'journal.jsonl.lock*')"
}
rounds=${QUEUE_KILL_ROUNDS:-50}
for batch in $(seq $(((rounds + 49) / 50))); do kill_and_resume "$batch" $((rounds < 50 ? rounds : 50)); done

# What others have put there: nothing waits for ever, and --fresh removes nothing of a folder that is no run.
mkdir -p fifos/tasks/000 theirs/scans
echo true >one
mkfifo fifos/tasks/000/000001.out
: >fifos/journal.jsonl
check_exit "a FIFO for a task's log" 3 timeout -k 5 120 "$HLAUNCH" queue one --output fifos --quiet
for file in plan.json journal.jsonl.receipts journal.jsonl.lock; do
    mkdir "at.$file"
    : >"at.$file/journal.jsonl"
    mkfifo "at.$file/$file"
    code=3
    [ $file != plan.json ] || code=0 # it is replaced
    check_exit "a FIFO for its $file" $code timeout -k 5 120 "$HLAUNCH" queue one --output "at.$file" --quiet
done
echo '{"mine": 1}' >theirs/journal.jsonl
echo mine >theirs/scans/a.h5
check_exit "--fresh in a folder of others" 2 "$HLAUNCH" queue one --output theirs --fresh --quiet
check_equal "nothing of it is gone" "mine" "$(cat theirs/scans/a.h5)"
# "single shift three" in UTF-8 starts a sequence, too; CLI11's own words pass the same way.
for words in "queue $(printf 'x\302\2331m')" "simulate --nodes $(printf '1,\033[31m')"; do
    # shellcheck disable=SC2086
    check_exit "control bytes: ${words%% *}" 2 "$HLAUNCH" $words
    check "none of them reaches the terminal" bash -c '! grep -qP "\x1b|\xc2\x9b" check.err'
done

# An analysis' folder is not a queue's, nor the other way.
check_exit "a folder of a command" 2 bash -c '"$1" run --per machine --output cmd --quiet -- true && exec "$1" queue fifty --output cmd --quiet' _ "$HLAUNCH"
check_exit "nor with --fresh" 2 "$HLAUNCH" queue fifty --output cmd --fresh --quiet
check "what the command had left is there" test -e cmd/parts -a ! -e cmd/tasks
rm -r cmd
check "where it was removed, it is a queue's" queue fifty --output cmd
check_equal "status tells a queue" "queue 51" "$("$HLAUNCH" status cmd --json | python3 -c 'import json, sys; j = json.load(sys.stdin); print("queue", j["queue"]["done"])')"

# Signals of a scheduler reach each process of a job: hlaunch's instances too.
printf '%s\n' "sh -c 'kill -USR1 \$\$; kill -USR2 \$\$; echo alive'" "python3 -c 'import os, signal; os.kill(os.getpid(), signal.SIGUSR1); print(\"alive\")'" >warned
check "in a job the warning before its end is hlaunch's alone" env SLURM_JOB_ID=1 "$HLAUNCH" queue warned --per cores:1 --reserve-cores 0 --quiet --output warned.q
check_equal "tasks go on" "alive alive" "$(cat warned.q/tasks/*/*.out | xargs)"
check "commands, too" env PBS_JOBID=1.server "$HLAUNCH" run --per machine --quiet --output warned.r -- sh -c 'kill -USR1 $$; echo alive'
echo "sh -c 'trap \"echo heard\" USR1; kill -USR1 \$\$'" >own
check "elsewhere a task's signals are its own" queue own --output own.q
check_equal "and are heard" heard "$(cat own.q/tasks/*/*.out)"
for _ in 1 2 3 4; do echo "sleep 7654$RANDOM"; done >long
background "$HLAUNCH" queue long --per cores:1 --reserve-cores 0 --quiet --output ended.q
of_job() { pgrep -f 'sleep 7654' | while read -r pid; do if grep -qzsF "HLAUNCH_RUN_FOLDER=$T/ended.q" "/proc/$pid/environ"; then echo "$pid"; fi; done; }
at_work() { [ -n "$(of_job)" ]; }
check "tasks are at work" wait_for 20 at_work
# As scancel does: one process after the other, hlaunch the last.
mapfile -t pids < <(of_job)
kill -TERM "${pids[@]}" "$BACKGROUND_PID"
code=0
wait "$BACKGROUND_PID" || code=$?
check_equal "a scheduler ends the job" 143 "$code"
check_equal "no task has failed of it" "stopped" "$(grep -o '"outcome":"[a-z-]*"' ended.q/journal.jsonl | cut -d'"' -f4 | sort -u | xargs)"
summary
