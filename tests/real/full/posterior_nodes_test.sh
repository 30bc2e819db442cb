#!/usr/bin/env bash
# The exact posterior over two hosts: by the emitted scripts of mpirun and PBS, and by mpirun alone; draws bitwise those of one
# machine; a rank that is killed in the middle, and the same command again.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/mpi/hosts.sh
. "$REPO/tests/mpi/hosts.sh"
if ! hosts_can_be_made; then
    skip "the exact posterior by mpirun over hosts" "needs root, network namespaces and Open MPI"
    summary
fi
trap 'code=$?; stop_hosts; (exit "$code"); tests_cleanup' EXIT
start_hosts 2
printf 'node1 slots=2\nnode2 slots=2\n' >hostfile
printf 'node1\nnode2\n' >nodefile
make_scan data --mode laminar_flow --frames 64 --seed 5
make_yaml data config.yaml
analysis=(--posterior exact --config config.yaml --mode cmc --app "$homodyne" --per machine --reserve-cores 0)
emit() { "$HLAUNCH" script "$1" "${analysis[@]}" --no-forecast --nodes 2 --node this --set walltime=1h "${@:2}"; }
rounds() { find "$1/posterior/rounds" -name '*.npy' -printf '%f %i %T@\n' | sort; }
hosts_of() { sed -n 's/.*"event":"\(worker\|run\)".*"host":"\([^"]*\)".*/\2/p' "$1"/journal.jsonl "$1"/workers/*/journal.jsonl | sort -u | xargs; }
answered() { sed -n 's/.*"event":"worked".*"rounds":\([0-9]*\).*/\1/p' "$1"/workers/*/journal.jsonl | tail -n 1; }
ended() { # ended NAME CODE LOG
    check_equal "$1: exit code" 0 "$2"
    [ "$2" = 0 ] || tail -n 30 "$3" >&2
}

emit mpi --hostfile hostfile --output res >mpi.sh
code=0
on_host 0 bash mpi.sh >mpi.log 2>&1 </dev/null || code=$?
ended "mpirun's script" "$code" mpi.log
check "mpirun's script: both hosts computed, the other than the leader's answered rounds" test "$(hosts_of res)" = "node0 node1 node2" -a "$(answered res)" -gt 5
check "one run on this machine, of the same NLSQ" "$HLAUNCH" run "${analysis[@]}" --quiet --output whole --nlsq-result res/nlsq/out
check "mpirun's script: the draws, bitwise" same_merged whole res
analysis+=(--nlsq-result res/nlsq/out)

over_ranks() {
    on_host 0 mpirun --hostfile hostfile --map-by ppr:1:node --bind-to none "$HLAUNCH" "${analysis[@]}" --grace 3 "$@"
}
code=0
over_ranks --output none --no-shared-fs >none.log 2>&1 </dev/null || code=$?
check "no shared folder: refused" test "$code" != 0
check "no shared folder: says why" grep -q "needs a run folder that all see" none.log
for signal in KILL TERM; do
    for rank in 0 1; do
        folder=$signal-$rank
        over_ranks --output "$folder" >"$folder.log" 2>&1 </dev/null &
        run=$!
        some_are_there() { [ "$(rounds "$folder" 2>/dev/null | wc -l)" -ge 4 ]; }
        check "$signal of rank $rank: rounds are there" wait_for 300 some_are_there
        kill "-$signal" "$(of_rank $rank)" || :
        wait "$run" && fail "$signal of rank $rank: exit code" "0" || pass "$signal of rank $rank: the exit code is not 0"
        silent() { ! pgrep -f -- "homodyne.*$T/$folder/"; }
        check "$signal of rank $rank: nothing is left" wait_for 20 silent
        rounds "$folder" >kept
        code=0
        over_ranks --output "$folder" >"$folder.again" 2>&1 </dev/null || code=$?
        ended "$signal of rank $rank: the same command again" "$code" "$folder.again"
        check_equal "$signal of rank $rank: no round was computed again" "" "$(comm -23 kept <(rounds "$folder"))"
        check "$signal of rank $rank: the draws, bitwise" same_merged whole "$folder"
    done
done

emit pbs --output late >pbs.sh
code=0
PBS_NODEFILE=nodefile PBS_JOBID=42.server on_host 0 bash pbs.sh >pbs.log 2>&1 </dev/null || code=$?
ended "PBS's script" "$code" pbs.log
check_equal "PBS's script: on both hosts, merged on the first" "node0 node1 node2" "$(hosts_of late)"
check "PBS's script: the draws, bitwise" same_merged whole late
summary
