#!/usr/bin/env bash
# tests/lanes.sh: every job once, counted and told whole; what is needed first; an end in order.
. "$(dirname "$0")/lib.sh"
cd "$T"
# lanes COUNT FILE: runs the jobs that FILE names, in a shell of its own; what it says is in `said`, its exit code in `code`.
lanes() {
    rm -rf logs
    mkdir logs
    code=0
    bash -c 'set -euo pipefail; logs=$1/logs JOBS_FOLDER=$1; . "$2/tests/lanes.sh"; . "./$4"; run_jobs "$3"' _ "$T" "$REPO" "$@" >said 2>err </dev/null || code=$?
}
for i in $(seq 9); do printf 'echo "ok one"; echo "ok two"; echo %s >>ran\n' "$i" >"good$i.sh"; done
echo 'echo "ok one"; echo "not ok two: why"; exit 1' >bad.sh
echo 'echo "skip one: why not"' >skipped.sh
echo 'exit 0' >silent.sh
echo 'sleep 60' >slow.sh
echo 'python3 -c "import time; end = time.process_time() + 2
while time.process_time() < end: pass"' >busy.sh
printf '#!/bin/sh\necho %s\n' "'<OverallResultsCases successes=\"7\" failures=\"0\"/>'" >unit && chmod +x unit
{
    for i in $(seq 9); do echo "job script good$i.sh 60 ''"; done
    echo "job script bad.sh 60 ''; job script skipped.sh 60 ''; job script silent.sh 60 ''; job script slow.sh 1 ''; job script busy.sh 60 ''; job unit 'unit x' 60 '' $T/unit"
} >list
lanes 3 list
check_equal "all jobs have run: exit code 0" 0 "$code"
check_equal "each once" "$(seq 9)" "$(sort ran)"
check_equal "what they count: passed, failed, skipped" "28 2 1" "$(awk '{ p += $1; f += $2; s += $3 } END { print p, f, s }' logs/sums)"
check_equal "a line each" 15 "$(grep -c ' passed .* failed .* skipped .* s CPU$' said)"
check "a failed one's words" grep -qx '    | not ok two: why' said
check "a skipped one's reason" grep -qx '    | skip one: why not' said
check "one that does not end" grep -qx '    | exit 124, not finished after 1 s' said
check "the CPU time of what a script has started" grep -qE '^busy.sh .* [23] s CPU$' said
check_equal "nothing on stderr" "" "$(cat err)"

cat >list <<'J'
make_parts() { for _ in $(seq 600); do if [ -e free ]; then break; fi; sleep 0.1; done; touch made; }
job script needs.sh 60 parts
job make parts 0 "" make_parts
job script free.sh 60 ""
J
echo 'test -e made' >needs.sh
echo 'test ! -e made && touch free && echo "ok it did not wait"' >free.sh
lanes 2 list
check_equal "what is needed is made first, and nobody else waits for it" "0 2" "$code $(grep -c ' 1 passed   0 failed' said)"
sed -i 's/touch made/return 1/' list
lanes 2 list
check_equal "what cannot be made: exit code 1, and what needs it has not run" "1 0" "$code $(grep -c needs.sh said || :)"

# Ctrl-C reaches the tests, though they are background jobs, as an end in order.
echo 'trap "echo ended >>ends; exit 1" TERM INT; echo $$ >>begun; while :; do sleep 0.1; done' >endless.sh
echo 'job script endless.sh 600 ""; job script ./endless.sh 600 ""' >list
rm -rf logs && mkdir logs
background env --default-signal=INT bash -c 'set -euo pipefail; logs=$1/logs JOBS_FOLDER=$1; . "$2/tests/lanes.sh"; . ./list; run_jobs 2' _ "$T" "$REPO" >said 2>err </dev/null
both_begun() { [ "$(wc -l <begun)" = 2 ]; }
check "two begin" wait_for 60 both_begun
kill -INT "$BACKGROUND_PID"
code=0
wait "$BACKGROUND_PID" || code=$?
check_equal "Ctrl-C: exit code 130, both have ended" "130 2" "$code $(wc -l <ends)"
summary
