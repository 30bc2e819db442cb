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
check "is named, and nothing was started" bash -c 'grep -q "bad: record 2: a quote" check.err && test ! -e bad.q'
check_exit "no file" 2 "$HLAUNCH" queue nowhere --quiet
check_exit "an empty file" 2 "$HLAUNCH" queue /dev/null --quiet

# A stop: what ran is run again, what ended is not.
for i in $(seq 40); do echo "sh -c 'sleep 0.1; echo $i >>slow'"; done >forty
background "$HLAUNCH" queue forty --per cores:1 --output forty.q --quiet --grace 2
pid=$BACKGROUND_PID code=0
wait_for 20 test -s slow
kill -TERM "$pid"
wait "$pid" || code=$?
check_equal "SIGTERM: 128 + 15" 143 "$code"
check "resumed" queue forty --output forty.q
check_equal "each ended once" "40 1 " "$(wc -l <slow) $(done_by slow)"

# SIGKILL at random moments. A task writes its line at its very end, so that one which was cut writes none.
rounds=${QUEUE_KILL_ROUNDS:-20}
for i in $(seq 60); do echo "sh -c 'echo $i >>killed'"; done >sixty
for _ in $(seq "$rounds"); do
    background "$HLAUNCH" queue sixty --per cores:1 --output sixty.q --quiet
    sleep "0.0$((RANDOM % 9))"
    kill -KILL "$BACKGROUND_PID" 2>/dev/null || :
    wait "$BACKGROUND_PID" 2>/dev/null || :
done
check "the last start ends it" queue sixty --output sixty.q
check_equal "every task ended ($rounds kills)" 60 "$(sort -u killed | wc -l)"
# Between a task's end and its outcome on disk a kill makes it run again: at least once, and at most once too often a kill a slot.
check "tasks done twice: at most one a slot and kill" test $(($(wc -l <killed) - 60)) -le $((2 * rounds))
check "nothing is left running" bash -c '! pgrep -f "[q]ueue sixty --per"'

# An analysis' folder is not a queue's, nor the other way.
check_exit "a folder of a command" 2 bash -c '"$1" run --per machine --output cmd --quiet -- true && exec "$1" queue fifty --output cmd --quiet' _ "$HLAUNCH"
summary
