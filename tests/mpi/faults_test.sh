#!/usr/bin/env bash
# hlaunch over hosts (namespaces of this machine) by a real mpirun: a rank, its hlaunch, mpirun's daemon killed, a rank stopped, a link
# cut in mid-run. It ends within the deadline and the grace, leaves nothing running, keeps what was done, and the same command does the rest.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/mpi/hosts.sh
. "$REPO/tests/mpi/hosts.sh"
if ! hosts_can_be_made; then
    skip "faults of ranks, daemons and links" "needs root, network namespaces and Open MPI"
    summary
elif [ ! -x "$BUILD/hlaunch-mpi" ]; then
    skip "faults of ranks, daemons and links" "hlaunch-mpi was not built: no MPI was found when the build was configured"
    summary
fi
trap 'code=$?; stop_hosts; (exit "$code"); tests_cleanup' EXIT
start_hosts 2
cd "$T"
printf 'node1 slots=2\nnode2 slots=2\n' >hostfile
export HLAUNCH_RANK_DEADLINE=6s
# By itself mpirun sees a dead link after minutes: it then has none of ours to wait for, but does not know.
export OMPI_MCA_oob_tcp_keepalive_time=2 OMPI_MCA_oob_tcp_keepalive_intvl=1 OMPI_MCA_oob_tcp_keepalive_probes=2

tasks=40
# Each leaves a line where it began and one where it has ended; so many seconds in between, for which it will not be asked to end.
# One that finds itself still running elsewhere says so.
cat >task.sh <<'E'
trap '' INT TERM
if [ -e "$2.pid.$1" ] && grep -q task.sh "/proc/$(cat "$2.pid.$1")/cmdline" 2>/dev/null; then echo "$1" >>"$2.twice"; fi
echo $$ >"$2.pid.$1"
echo "$1" >>"$2.begun"
if [ "$(hostname)" = node2 ]; then sleep "$4"; else sleep "$3"; fi
echo "$1" >>"$2.ended"
E
make_queue() { for i in $(seq "$tasks"); do echo "sh $T/task.sh $i \"$T/$1\" ${2:-0.5 0.5}"; done >"$1.txt"; }
over_hosts() { on_host 0 mpirun --hostfile hostfile --map-by ppr:1:node --bind-to none "$HLAUNCH" queue "$1.txt" --per cores:1 --grace 2 --output "$1"; }
lines() { if [ -f "$1" ]; then wc -l <"$1"; else echo 0; fi; }
daemon_of_node2() { for pid in $(pgrep -x orted); do if [ "$(ip netns identify "$pid")" = "$HOSTS_NAME-2" ]; then echo "$pid"; fi; done; }
some_done() { [ "$(lines "$1.ended")" -ge 6 ]; }
running_here() { pgrep -f "$T/task.s[h]|$HLAUNCH [q]ueue|hlaunch-mp[i]" | while read -r pid; do of_this_test "$pid" && echo "$pid" || :; done; }
none_left() { [ -z "$(running_here)" ]; }
# Tasks that a journal calls done, in all of the run's journals, with how often.
done_tasks() {
    cat "$1"/journal.jsonl "$1"/workers/*/journal.jsonl 2>/dev/null | grep '"event":"end"' | grep '"outcome":"done"' |
        grep -o '"task":[0-9]*' | sort | uniq -c | awk '{print $1}' | sort | uniq -c | awk '{print $2 "x" $1}' | xargs
}

# fault NAME COMMAND...: the run is disturbed in the middle, must end by itself, and be finished by the next. Without its deadline some would never
# end; how long the end takes is told, and no judgement: the machine may be busy.
fault() {
    local name=$1 began took code=0 pid kept
    shift
    make_queue "$name"
    over_hosts "$name" >"$name.log" 2>&1 </dev/null &
    pid=$!
    if ! wait_for 60 some_done "$name"; then
        fail "$name: the run has begun" "$(tail -n 3 "$name.log")"
        kill "$pid" || :
        return
    fi
    began=$SECONDS
    "$@"
    ended() { ! kill -0 "$pid" 2>/dev/null; }
    if wait_for 120 ended; then pass "$name: it has ended"; else fail "$name: it has ended" "it still runs" && kill "$pid"; fi
    took=$((SECONDS - began))
    wait "$pid" || code=$?
    undo
    echo "# $name: ended after $took s, exit code $code" >&2
    check "$name: its exit code is not 0" test "$code" != 0
    check "$name: nothing is left running" wait_for 20 none_left
    kept=$(cat "$name.ended")
    code=0
    over_hosts "$name" >"$name.again" 2>&1 </dev/null || code=$?
    check_equal "$name: the same command does the rest" 0 "$code"
    [ "$code" = 0 ] || tail -n 20 "$name.log" "$name.again" >&2
    check_equal "$name: what was done is kept" "$kept" "$(head -n "$(wc -l <<<"$kept")" "$name.ended")"
    check_equal "$name: each task is done" "$(seq "$tasks" | sort)" "$(sort -u "$name.ended")"
    check_equal "$name: each is journalled as done once" "1x$tasks" "$(done_tasks "$name")"
}
undo() { :; }

make_queue calm
check "undisturbed: exit code 0" over_hosts calm
check_equal "undisturbed: each task once, on both hosts" "1x$tasks" "$(done_tasks calm)"
check "undisturbed: a journal of the second rank" grep -q '"outcome":"done"' calm/workers/mpi-*-1/journal.jsonl
check "undisturbed: status counts those of all ranks" bash -c '"$1" status calm | grep -q "$2"' _ "$HLAUNCH" "$tasks of $tasks"
check "undisturbed: again, there is nothing to do" over_hosts calm
check_equal "undisturbed: nothing was begun twice" "$tasks" "$(lines calm.begun)"
check "undisturbed: anew, on one machine" "$HLAUNCH" queue calm.txt --per cores:1 --reserve-cores 0 --fresh --quiet --output calm
check_equal "undisturbed: what the other rank had done is forgotten, too" $((2 * tasks)) "$(lines calm.begun)"

kill_rank() { kill -KILL "$(of_rank 1)"; }
fault "kill -9 of a rank" kill_rank
kill_rank_0() { kill -KILL "$(of_rank 0)"; }
fault "kill -9 of rank 0" kill_rank_0
kill_daemon() { kill -KILL "$(daemon_of_node2)"; }
fault "kill -9 of orted" kill_daemon
stop_rank() { kill -STOP "$(of_rank 1)"; }
fault "SIGSTOP of a rank" stop_rank
check "SIGSTOP of a rank: it is told by its host's name" grep -q 'rank 1 on node2 has not been heard of for 6.0 s' "SIGSTOP of a rank.log"
stop_hlaunch() { kill -STOP "$(pgrep -P "$(of_rank 1)" -x hlaunch)"; }
fault "SIGSTOP of a rank's hlaunch" stop_hlaunch
check "SIGSTOP of a rank's hlaunch: it is told by its host's name" grep -q 'rank 1 on node2 has not been heard of for 6.0 s' "SIGSTOP of a rank's hlaunch.log"
cut_link() { ip -n "$HOSTS_NAME-switch" link set port2 down; }
undo() { ip -n "$HOSTS_NAME-switch" link set port2 up; }
# mpirun must see it first, as in the emitted scripts: once an abort is on its way over a dead link, TCP sends no probes.
export HLAUNCH_RANK_DEADLINE=20s
fault "a cut link" cut_link
undo() { :; }
check "a cut link: it is told by its host's name" grep -qE 'rank 1 on node2 has not been heard of|on node node2$' "a cut link.log"
export HLAUNCH_RANK_DEADLINE=6s

# Where only a rank's hlaunch is killed, MPI lives on, and the others take its tasks over.
make_queue lone
over_hosts lone >lone.log 2>&1 </dev/null &
run=$!
check "kill -9 of a rank's hlaunch: the run has begun" wait_for 60 some_done lone
kill -KILL "$(pgrep -P "$(of_rank 1)" -x hlaunch)"
code=0
wait "$run" || code=$?
check "kill -9 of a rank's hlaunch: mpirun tells" test "$code" != 0
check_equal "kill -9 of a rank's hlaunch: the others have done the rest" "1x$tasks" "$(done_tasks lone)"
check "kill -9 of a rank's hlaunch: it is told" grep -q 'rank 1 on node2 has ended with' lone.log
check "kill -9 of a rank's hlaunch: nothing is left running" wait_for 20 none_left

# One that has nothing to do takes them, too, but not while the killed one's reapers are still ending them.
tasks=4
make_queue idle "0.5 300" # killed long before, however slow the machine is
over_hosts idle >idle.log 2>&1 </dev/null &
run=$!
all_begun() { [ "$(lines idle.begun)" = "$tasks" ] && [ "$(lines idle.ended)" = 2 ]; }
check "an idle rank: the other's tasks run" wait_for 60 all_begun
kill -KILL "$(pgrep -P "$(of_rank 1)" -x hlaunch)"
wait "$run" || :
check_equal "an idle rank: it has done them" "1x$tasks" "$(done_tasks idle)"
check "an idle rank: none while it still ran elsewhere" test ! -e idle.twice
tasks=40

# A node that has another file than rank 0 must not do other tasks under the same numbers.
make_queue other
tail -n 3 other.txt >less.txt
# shellcheck disable=SC2016 # for the ranks' own shell
on_host 0 mpirun --hostfile hostfile --map-by ppr:1:node --bind-to none bash -c \
    'file=other.txt; if [ "$OMPI_COMM_WORLD_RANK" = 1 ]; then file=less.txt; fi; exec "$0" queue "$file"' "$HLAUNCH" >other.log 2>&1 </dev/null || :
check "another file on a node: refused by the host's name" grep -q "rank 1 on node2: this rank's file of tasks is not that of rank 0" other.log
summary
