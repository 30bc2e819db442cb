#!/usr/bin/env bash
# The real main job over two hosts by the emitted mpirun script as it is, and by that of PBS with a list of nodes as PBS gives it
# (PBS itself is not packaged): workers on both, merged draws bitwise those of one machine; a stop that leaves nothing.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/mpi/hosts.sh
. "$REPO/tests/mpi/hosts.sh"
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

# A shard is missing, and nobody can disprove yet that another worker draws it: its node is gone, its last sign of life 45 s old. It is
# waited for, then drawn, and by no means left out.
cp -r ranks claimed
rm -r claimed/merged "$(find claimed/workers -name 00003.npz)"
mkdir claimed/workers/mpi-gone-1
echo '{}' >claimed/workers/mpi-gone-1/journal.jsonl.lock
touch -d '-45 seconds' claimed/workers/mpi-gone-1/journal.jsonl.lock
echo '{"format": "hlaunch-claims", "version": 1, "claims": [{"shard": 3, "worker": "mpi-gone-1", "job": "mpi-gone"}]}' >claimed/claims.json
code=0
on_host 0 mpirun --hostfile hostfile --map-by ppr:1:node --bind-to none "$HLAUNCH" "${analysis[@]}" --nlsq-result res/nlsq/out --output claimed \
    >claimed.log 2>&1 </dev/null || code=$?
check_equal "a claim of a node that is gone: exit code" 0 "$code"
[ "$code" = 0 ] || tail -n 30 claimed.log >&2
check "a claim of a node that is gone: it is waited for" grep -q 'waiting for mpi-gone-1' claimed.log
check "a claim of a node that is gone: the merged draws, bitwise" same_merged whole claimed

# The same where nodes share no folder: each rank has its own, rank 0 gathers.
over_own() { # over_own NAME: rank N in the folder NAME-N
    # shellcheck disable=SC2016 # for the ranks' own shell
    on_host 0 mpirun --hostfile hostfile --map-by ppr:1:node --bind-to none bash -c 'cd "$0-$OMPI_COMM_WORLD_RANK" && exec "$@"' "$1" \
        "$HLAUNCH" "${analysis[@]/config.yaml/$T/config.yaml}" --grace 3 --output res --no-shared-fs
}
make_own() {
    mkdir "$1-0" "$1-1"
    ln -s "$T/data" "$1-0/data"
    ln -s "$T/data" "$1-1/data"
}
make_own own
code=0
over_own own >own.log 2>&1 </dev/null || code=$?
check_equal "no shared folder: exit code" 0 "$code"
[ "$code" = 0 ] || tail -n 30 own.log >&2
check_equal "no shared folder: rank 0 has all shards, rank 1 its own" "00000.npz 00001.npz 00002.npz 00003.npz / 2" \
    "$(shards own-0/res/workers) / $(shards own-1/res/workers | wc -w)"
check "no shared folder: the merged draws, bitwise" same_merged whole own-0/res
check "no shared folder: rank 1 has merged nothing" test ! -e own-1/res/merged

# A rank that is killed, and one that is stopped, in mid-sampling: it ends, and the same command draws what is missing.
export HLAUNCH_RANK_DEADLINE=6s
over_ranks() {
    on_host 0 mpirun --hostfile hostfile --map-by ppr:1:node --bind-to none "$HLAUNCH" "${analysis[@]}" --nlsq-result res/nlsq/out --grace 3 --output "$1"
}
# Where no folder is shared, what the killed rank has drawn is on its own node alone.
make_own cut
over_own cut >cut.log 2>&1 </dev/null &
run=$!
theirs_is_there() { [ -n "$(shards cut-1/res/workers)" ]; }
check "no shared folder, KILL of a rank: a shard of its is there" wait_for 300 theirs_is_there
kill -KILL "$(of_rank 1)" || :
wait "$run" || :
shard_files cut-1 >kept
code=0
over_own cut >cut.again 2>&1 </dev/null || code=$?
check_equal "no shared folder, KILL of a rank: the same command ends well" 0 "$code"
[ "$code" = 0 ] || tail -n 20 cut.log cut.again >&2
check_equal "no shared folder, KILL of a rank: rank 0 has all, nothing was drawn again" "00000.npz 00001.npz 00002.npz 00003.npz / $(cat kept)" \
    "$(shards cut-0/res/workers) / $(shard_files cut-1 kept)"
check "no shared folder, KILL of a rank: the merged draws, bitwise" same_merged whole cut-0/res

for signal in KILL STOP; do
    folder=rank-$signal # not `name`: that is a variable of check()
    over_ranks "$folder" >"$folder.log" 2>&1 </dev/null &
    run=$!
    first_is_there() { [ -n "$(shards "$folder/workers")" ]; }
    check "$signal of a rank: a shard is there" wait_for 300 first_is_there
    kill "-$signal" "$(of_rank 1)" || :
    over() { ! kill -0 "$run"; }
    check "$signal of a rank: it ends within the deadline and the grace" wait_for 25 over
    wait "$run" && fail "$signal of a rank: exit code" "0" || pass "$signal of a rank: the exit code is not 0"
    silent() { ! pgrep -f -- "homodyne.*$T/$folder/part[s]|homodyne.*$T/$folder/worker[s]"; }
    check "$signal of a rank: nothing is left" wait_for 20 silent
    shard_files "$folder" >kept
    code=0
    over_ranks "$folder" >"$folder.again" 2>&1 </dev/null || code=$?
    check_equal "$signal of a rank: the same command ends well" 0 "$code"
    [ "$code" = 0 ] || tail -n 20 "$folder.log" "$folder.again" >&2
    check_equal "$signal of a rank: each shard once, nothing drawn again" "00000.npz 00001.npz 00002.npz 00003.npz / $(cat kept)" \
        "$(shards "$folder/workers") / $(shard_files "$folder" kept)"
    check "$signal of a rank: the merged draws, bitwise" same_merged whole "$folder"
done

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
