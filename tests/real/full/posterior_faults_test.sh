#!/usr/bin/env bash
# The exact posterior of a small laminar scan with a known truth: the same draws bitwise by one process, by two, after a stop, after
# SIGKILL of hlaunch and of a process in mid-round, and by two workers that share a run folder, whoever of them dies; files as
# homodyne's readers expect them; the other counts and priors; what is refused.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/real/posterior_lib.sh
. "$real/posterior_lib.sh"
exact_scan
exact_refusals
for kind in slurm pbs mpi; do
    check "a script of $kind carries it" grep -q -e "--posterior.* exact" <("$HLAUNCH" script $kind "${exact[@]}" --no-forecast --nodes 2 --node this --set walltime=1h --output no 2>/dev/null)
done

exact_whole
check "one process" run_exact --output one --per cores:1 --instances 1
check "the same draws, bitwise" same_merged whole one
exact_once

# rounds FOLDER: a line each, which tells one that was computed again.
rounds() { find "$1/posterior/rounds" -name '*.npy' -printf '%f %i %T@\n' | sort; }
has_rounds() { [ "$(rounds "$1" | wc -l)" -ge "$2" ]; }
# Of the processes below a run folder: those of the application.
processes_of() {
    local pid
    for pid in $(pgrep -f homodyne || :); do
        if grep -zqsx "HLAUNCH_RUN_FOLDER=$T/$1" "/proc/$pid/environ"; then echo "$pid"; fi
    done
}
nothing_left() { [ -z "$(processes_of "$1")" ]; }
background "$HLAUNCH" run "${exact[@]}" --output cut --grace 5
check "TERM: rounds are there" wait_for 300 has_rounds cut 3
kill -TERM "$BACKGROUND_PID"
code=0
wait "$BACKGROUND_PID" || code=$?
check_equal "TERM: exit code, nothing is left" "143 " "$code $(processes_of cut)"
states() { "$HLAUNCH" status "$1" --json | "$python" -c 'import json, sys; s = json.load(sys.stdin); print(s["state"], s["stages"][-1]["state"])'; }
check_equal "status tells of the stop" "stopped stopped" "$(states cut)"
background "$HLAUNCH" run "${exact[@]}" --output cut
check "KILL: rounds are there" wait_for 300 has_rounds cut 7
kill -KILL "$BACKGROUND_PID"
wait "$BACKGROUND_PID" || :
check "KILL: its processes end" wait_for 40 nothing_left cut
check "KILL: status tells" grep -q "gone.*the same command again does the rest" <("$HLAUNCH" status cut)
rounds cut >kept
background "$HLAUNCH" run "${exact[@]}" --output cut
check "again: rounds go on" wait_for 300 has_rounds cut $(($(wc -l <kept) + 2))
check_equal "status tells of it" "running running" "$(states cut)"
kill -KILL "$(processes_of cut | tail -n 1)"
code=0
wait "$BACKGROUND_PID" || code=$?
check_equal "a process is killed in mid-round: its round is asked again" 0 "$code"
check "the same draws, bitwise" same_merged whole cut
check_equal "no former round was computed again" "" "$(comm -23 kept <(rounds cut))"
check_equal "merge.json counts all of it" "$(says_of whole 'm["exact"]["evaluations"], m["exact"]["rounds"]')" "$(says_of cut 'm["exact"]["evaluations"], m["exact"]["rounds"]')"

# Two workers on this machine, as on two nodes.
worker() { # FOLDER RANK
    background "$HLAUNCH" worker "${exact[@]}" --per cores:1 --output "$1" --grace 5 --job test --rank "$2" --ranks 2 --local-rank "$2" --local-ranks 2
}
ends() { # ends NAME CODE PID
    local code=0
    wait "$3" || code=$?
    check_equal "$1" "$2" "$code"
}
answers() { [ -n "$(find "$1/posterior/board/answers" -type f)" ]; }
worker shared 0
zero=$BACKGROUND_PID
worker shared 1
one=$BACKGROUND_PID
check "worker 1 answers" wait_for 300 answers shared
says "the merge waits for the sampler" 2 "another hlaunch works in" run_exact --output shared --merge-only
kill -KILL "$zero"
wait "$zero" || :
rounds shared >kept
ends "the leader is killed: worker 1 goes on" 0 "$one"
check_equal "from the last round" "" "$(comm -23 kept <(rounds shared))"
check "the merge computes nothing" run_exact --output shared --merge-only
check "the same draws, bitwise" same_merged whole shared
check "and is of the sampler's seconds" test "$(says_of shared 'm["exact"]["seconds"] > 0')" = True
worker left 0
zero=$BACKGROUND_PID
worker left 1
one=$BACKGROUND_PID
check "worker 1 answers" wait_for 300 answers left
kill -KILL "$one"
wait "$one" || :
ends "worker 1 is killed: the leader has its blocks" 0 "$zero"
check "the merge" run_exact --output left --merge-only
check "the same draws, bitwise" same_merged whole left
check "status tells of both" grep -q "test-1.*gone.*round" <("$HLAUNCH" status left)
summary
