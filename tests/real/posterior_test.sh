#!/usr/bin/env bash
# The exact posterior of a small laminar scan with a known truth: the same draws bitwise by two processes and by one, and after SIGKILL;
# files as homodyne's readers expect them; the other counts and priors; what is refused. More ways to die: full/posterior_faults_test.sh.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/real/posterior_lib.sh
. "$real/posterior_lib.sh"
exact_scan
exact_refusals

exact_whole

# One process, killed once a round is there; what had ended by then changes nothing.
has_rounds() { [ -n "$(find "$1/posterior/rounds" -name '*.npy' 2>/dev/null)" ]; }
background "$HLAUNCH" run "${exact[@]}" --output cut --per cores:1 --instances 1
check "a round is there" wait_for 300 has_rounds cut
kill -KILL "$BACKGROUND_PID" || :
wait "$BACKGROUND_PID" || :
check "the same command again" run_exact --output cut --per cores:1 --instances 1
check "the same draws as by two processes without a kill, bitwise" same_merged whole cut

exact_once
summary
