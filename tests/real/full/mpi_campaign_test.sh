#!/usr/bin/env bash
# A campaign of the real homodyne over two hosts by mpirun: scans dealt to both, one table; a rank killed in the middle, and the rest done by
# the same command; the same numbers as on one machine.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/mpi/hosts.sh
. "$REPO/tests/mpi/hosts.sh"
if ! hosts_can_be_made || [ ! -x "$BUILD/hlaunch-mpi" ]; then
    skip "a campaign over hosts" "needs root, network namespaces, Open MPI and an hlaunch-mpi"
    summary
fi
trap 'code=$?; stop_hosts; (exit "$code"); tests_cleanup' EXIT
start_hosts 2
printf 'node1 slots=2\nnode2 slots=2\n' >hostfile
mkdir scans
for i in 1 2 3 4 5 6; do
    make_scan made --frames 48 --phi 0,60,120 --seed "$i"
    mv made/xpcs.h5 "scans/night$i.h5"
done
echo "no HDF5" >scans/night4.h5
make_yaml made config.yaml analyzer_parameters.end_frame=48
campaign=("$HLAUNCH" campaign --config config.yaml --app "$homodyne" --reserve-cores 0 --instances 1 --plots none)
over_hosts() { on_host 0 mpirun --hostfile hostfile --map-by ppr:1:node --bind-to none "${campaign[@]}" --data 'scans/*.h5' --output "$1"; }
column() { "$python" -c 'import csv, sys; print(*sorted(r[sys.argv[2]] for r in csv.DictReader(open(sys.argv[1])) if r["status"] == "done"))' "$@"; }
starts() { cat "$1"/journal.jsonl "$1"/workers/*/journal.jsonl | grep -c '"event":"start".*"stage":"fit"' || :; }

code=0
over_hosts both >both.log 2>&1 </dev/null || code=$?
check "one of six scans is broken: mpirun tells" test "$code" != 0
check "it is named, once" test "$(grep -c '1 of 6 scans cannot be analysed' both.log)" = 1
check_equal "five are done, each once" "5 5" "$(column both/table.csv name | wc -w) $(starts both)"
[ "$(column both/table.csv name | wc -w)" = 5 ] || tail -n 30 both.log >&2
check_equal "on both hosts" "node1 node2" "$(column both/table.csv host | tr ' ' '\n' | sort -u | xargs)"
check "the same on one machine" bash -c '"$@" || [ $? = 1 ]' _ "${campaign[@]}" --data 'scans/*.h5' --output one
check_equal "gives the same numbers" "$(column one/table.csv D0) $(column one/table.csv alpha)" "$(column both/table.csv D0) $(column both/table.csv alpha)"
check "status knows of all, whoever did them" bash -c 'test "$("$1" status both | grep -c " done")" -ge 5' _ "$HLAUNCH"
over_hosts both >again.log 2>&1 </dev/null || :
check_equal "the same again runs nothing" 5 "$(starts both)"

# A rank killed between two fits: mpirun ends all; what is done stays.
over_hosts killed >killed.log 2>&1 </dev/null &
run=$!
one_fitted() { grep -qs '"event":"checked".*"stage":"fit"' killed/journal.jsonl killed/workers/*/journal.jsonl; }
check "killed: a fit is done" wait_for 300 one_fitted
kill -KILL "$(of_rank 1)"
over() { ! kill -0 "$run"; }
check "killed: mpirun ends" wait_for 60 over
silent() { ! pgrep -f "homodyne.*$T/kille[d]|hlaunch-mp[i]"; }
check "killed: nothing is left" wait_for 60 silent
before=$(cat killed/journal.jsonl killed/workers/*/journal.jsonl | grep -c '"event":"checked".*"stage":"fit"')
over_hosts killed >killed.again 2>&1 </dev/null || :
check_equal "killed: the same command does the rest" 5 "$(column killed/table.csv name | wc -w)"
check_equal "killed: no fit that was done is done again" 5 "$(cat killed/journal.jsonl killed/workers/*/journal.jsonl | grep -c '"event":"checked".*"stage":"fit"')"
echo "# $before of 5 fits were done when it was killed" >&2
summary
