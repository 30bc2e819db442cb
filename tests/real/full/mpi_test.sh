#!/usr/bin/env bash
# The real main job over two hosts by the emitted mpirun script as it is, and by that of PBS with a list of nodes as PBS gives it
# (PBS itself is not packaged): workers on both, merged draws bitwise those of one machine; a stop that leaves nothing.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/real/mpi_hosts.sh
. "$REPO/tests/real/mpi_hosts.sh"
if ! hosts_can_be_made; then
    skip "the main job by mpirun over hosts" "needs root, network namespaces and Open MPI"
    summary
fi
trap 'code=$?; stop_hosts; (exit "$code"); tests_cleanup' EXIT
start_hosts 2
printf 'node1 slots=2\nnode2 slots=2\n' >hostfile
printf 'node1\nnode2\n' >nodefile

make_cluster_analysis
emit() { "$HLAUNCH" script "$1" "${analysis[@]}" --no-forecast --nodes 2 "${@:2}"; }

check_equal "two hosts answer to mpirun" "node1 node2" "$(on_host 0 mpirun --hostfile hostfile --map-by ppr:1:node hostname | sort | xargs)"
emit mpi --hostfile hostfile --output res >mpi.sh
code=0
on_host 0 bash mpi.sh >mpi.log 2>&1 </dev/null || code=$?
check_equal "mpirun: exit code" 0 "$code"
[ "$code" = 0 ] || tail -n 30 mpi.log >&2
check_equal "mpirun: each shard once, half on each host" "00000.npz 00001.npz 00002.npz 00003.npz / 2 2" \
    "$(shards res/workers) / $(shards res/workers/mpi-*-0 | wc -w) $(shards res/workers/mpi-*-1 | wc -w)"
hosts_of() { sed -n 's/.*"event":"worker".*"host":"\([^"]*\)".*/\1/p' "$1"/workers/*/journal.jsonl | sort -u | xargs; }
check_equal "mpirun: a worker on each" "node1 node2" "$(hosts_of res)"
check "one run on this machine, of the same NLSQ" "$HLAUNCH" run "${analysis[@]}" --quiet --output whole --nlsq-result res/nlsq/out
check "mpirun: the merged draws, bitwise" same_merged whole res

# Without a script: each rank sees that it is one.
code=0
on_host 0 mpirun --hostfile hostfile --map-by ppr:1:node --bind-to none "$HLAUNCH" "${analysis[@]}" --nlsq-result res/nlsq/out --output ranks \
    >ranks.log 2>&1 </dev/null || code=$?
check_equal "mpirun hlaunch: exit code" 0 "$code"
[ "$code" = 0 ] || tail -n 30 ranks.log >&2
check_equal "mpirun hlaunch: a worker on each host, each shard once" "node1 node2 / 00000.npz 00001.npz 00002.npz 00003.npz" "$(hosts_of ranks) / $(shards ranks/workers)"
check "mpirun hlaunch: the merged draws, bitwise" same_merged whole ranks

# A stop, in mid-sampling; then PBS's script does the rest of the same run.
emit mpi --hostfile hostfile --nlsq-result res/nlsq/out --output late >late.sh
background ip netns exec "$HOSTS_NAME-0" unshare --uts sh -c 'hostname node0; exec bash late.sh' >late.log 2>&1 </dev/null
draws() { pgrep -f -- "homodyne.*$T/$1/part[s]"; }
one_is_there() { [ -n "$(shards late/workers)" ]; }
check "stopped: a shard is there" wait_for 300 one_is_there
script=$(pgrep -f '^bash late.s[h]$' || :)
kill -TERM "$script"
gone() { ! kill -0 "$script" && ! draws late/workers; }
check "stopped: TERM of the script ends it, and nothing is left" wait_for 60 gone
shard_files late >kept
emit pbs --nlsq-result res/nlsq/out --output late >pbs.sh
code=0
PBS_NODEFILE=nodefile PBS_JOBID=42.server on_host 0 bash pbs.sh >pbs.log 2>&1 </dev/null || code=$?
check_equal "PBS's script: exit code" 0 "$code"
[ "$code" = 0 ] || tail -n 30 pbs.log >&2
check_equal "PBS's script: its workers on both hosts, each shard once" "2 / 00000.npz 00001.npz 00002.npz 00003.npz" \
    "$(find late/workers -name 'pbs-42.server-*' | wc -l) / $(shards late/workers)"
check_equal "PBS's script: nothing was drawn again" "$(cat kept)" \
    "$(shard_files late kept)"
check "PBS's script: the merged draws, bitwise" same_merged whole late
summary
