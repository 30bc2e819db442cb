#!/usr/bin/env bash
# What a container, a job or a unit leaves of a machine: memory policies refused, CPU quota, memory and process limits, a cpuset
# that shrinks during a run. Real control groups of either version, where they can be made (root).
# shellcheck disable=SC2016  # what is in single quotes is for the child's shell
. "$(dirname "$0")/../lib.sh"
cd "$T"
deny="python3 $REPO/tests/lab/deny_calls.py"
policy_calls=set_mempolicy,get_mempolicy,mbind,move_pages
nodes=$(sed -n 's/^Mems_allowed_list:\t//p' /proc/self/status)
first_of() { sed 's/[-,].*//' <<<"$1"; }
allowed=$(sed -n 's/^Cpus_allowed_list:\t//p' /proc/self/status)
cpus=$(nproc)

# The main job with an application that only looks like homodyne; what it is told of its placement is in its task file.
app="$(command -v python3) $REPO/tests/scenario/fake_homodyne.py"
touch data.hdf
cat >config.yaml <<EOF
analysis_mode: static
experimental_data: {data_folder_path: $T, data_file_name: data.hdf}
parameter_space: {bounds: [{name: D0, min: 18000, max: 38000, prior_mu: 28000, prior_sigma: 2000},
                           {name: alpha, min: -1.5, max: 0.5, prior_mu: -0.5, prior_sigma: 0.2}]}
EOF
main_job() { FAKE_SHARDS=2 FAKE_BY_USER=1 "$HLAUNCH" "$1" --mode cmc-hpc --config config.yaml --app "$app" "${@:2}"; }
export -f main_job
export app
# told RUN: CPUs, their sum, and the memory of all instances of stage cmc.
told() {
    python3 - "$1" <<'P'
import glob, json, sys
tasks = [json.load(open(name))["placement"] for name in sorted(glob.glob(sys.argv[1] + "/parts/*/task.json"))]
print(len(tasks), sum(t["logical"] for t in tasks), sum(t["memory_bytes"] for t in tasks) >> 20)
P
}

GROUPS_MADE=()
remove_groups() {
    local i
    for ((i = ${#GROUPS_MADE[@]} - 1; i >= 0; --i)); do
        for _ in 1 2 3 4 5 6 7 8 9 10; do
            rmdir "${GROUPS_MADE[i]}" 2>/dev/null && break
            sleep 0.1
        done
    done
}
trap 'remove_groups; tests_cleanup' EXIT
# make_group CONTROLLER NAME: below our own group of that controller, GROUP and VERSION; fails where that cannot be done.
make_group() {
    local top own
    own=$(awk -F: -v c="$1" '{n = split($2, of, ","); for (i = 1; i <= n; ++i) if (of[i] == c) print $3}' /proc/self/cgroup)
    if [ -n "$own" ]; then
        VERSION=1 top=$(awk -v c="$1" '{split($0, half, " - "); split(half[2], back, " ")
            if (back[1] == "cgroup" && ("," back[3] ",") ~ ("," c ",")) print $5}' /proc/self/mountinfo | head -n 1)
    else
        VERSION=2 own=$(sed -n 's/^0:://p' /proc/self/cgroup) top=$(awk '{split($0, half, " - "); if (half[2] ~ /^cgroup2 /) print $5}' /proc/self/mountinfo | head -n 1)
        # Groups with processes pass no controllers on: only below the topmost one there may be some.
        own=/
        [ -n "$top" ] && grep -qw "$1" "$top/cgroup.subtree_control" || return 1
    fi
    [ -n "$top" ] && [ -w "$top/cgroup.procs" ] || return 1
    [ -d "$top$own" ] || own=
    GROUP=$top${own%/}/$2-$$
    mkdir "$GROUP" 2>/dev/null || return 1
    GROUPS_MADE+=("$GROUP")
}
within() { bash -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' _ "$@"; }

# --- memory policies refused, as in a container without CAP_SYS_NICE -------------------------------------------------
printf 'echo one\necho two\n' >two
if $deny set_mempolicy true 2>/dev/null; then
    check_equal "the filter denies memory policies" 1 "$($deny $policy_calls python3 -c '
import ctypes; print(ctypes.CDLL(None, use_errno=True).syscall(int(__import__("sys").argv[1]), 0, None, 0) and ctypes.get_errno())' "$([ "$(uname -m)" = aarch64 ] && echo 237 || echo 238)")"
    check_exit "queue where memory policies are refused" 0 $deny $policy_calls "$HLAUNCH" queue two --output denied.q
    check_equal "ends its tasks" 2 "$(grep -c '"outcome":"done"' denied.q/journal.jsonl)"
    check_equal "and says it once" 1 "$(grep -c 'memory policies are refused' check.err)"
    check_exit "a command there" 0 $deny $policy_calls "$HLAUNCH" run --per machine -- sh -c 'sed -n "s/^Cpus_allowed_list:.//p" /proc/self/status'
    check_equal "is bound to its CPUs" "$allowed" "$(cat check.out)"
    check_equal "the word is on standard error" 1 "$(grep -c 'memory policies are refused' check.err)"
    check_exit "--quiet keeps it back" 0 $deny $policy_calls "$HLAUNCH" run --quiet --per machine -- true
    check_equal "all of it" "" "$(cat check.err)"
    $deny $policy_calls "$HLAUNCH" plan >plan.denied
    check_equal "plan says it once" 1 "$(grep -c 'memory policies are refused' plan.denied)"
    check_equal "its policy is local" 0 "$($deny $policy_calls "$HLAUNCH" plan --json | grep -c '"mem_policy": "[^l]')"
    [ "$nodes" != "${nodes%[-,]*}" ] || check "of no consequence with one node" grep -q "of no consequence with one NUMA node" plan.denied
    seeded_bytes 100000 >data.bin
    check_exit "staged data need no policy" 0 $deny $policy_calls "$HLAUNCH" run --per machine --stage data.bin --output staged -- cmp '{staged}' "$PWD/data.bin"
    check "staged indeed" grep -q '"event":"staged"' staged/journal.jsonl
    check "no share is made up" bash -c '! grep -q "% of" check.err'
    check_exit "the main job" 0 $deny $policy_calls bash -c 'main_job run --quiet --output denied.run'
    check_exit "and its plan" 0 $deny $policy_calls bash -c 'main_job plan --output denied.run'
    check_equal "says it once, too" 1 "$(grep -c 'memory policies are refused' check.out)"
    check_exit "exec has an option for it" 3 $deny $policy_calls "$HLAUNCH" exec --mems "$(first_of "$nodes")" -- true
    check "that it names" grep -q -- "--mem-policy local" check.err
    check_exit "and that works" 0 $deny $policy_calls "$HLAUNCH" exec --cpus "$(first_of "$allowed")" --mems "$(first_of "$nodes")" --mem-policy local -- true
    check_exit "a policy that can be set and not read is set" 0 $deny get_mempolicy "$HLAUNCH" exec --mems "$(first_of "$nodes")" -- true
    check_exit "where CPUs cannot be bound either" 3 $deny sched_setaffinity "$HLAUNCH" run --quiet --per machine -- true
    check "the message names the call" grep -q "seccomp profile that allows sched_setaffinity" check.err
    check "check does not fail for a policy that one node does not need" bash -c "$deny $policy_calls '$HLAUNCH' check --json --app true | python3 -c '
import json, sys
found = {f[\"name\"]: f for f in json.load(sys.stdin)[\"checks\"]}
sys.exit(found[\"binding\"][\"level\"] == \"fail\")'"
else
    skip "memory policies refused" "no seccomp filter can be set here"
fi
if unshare -Ur true 2>/dev/null; then
    check_exit "queue in a user namespace" 0 unshare -Ur "$HLAUNCH" queue two --output unshared.q
    check_exit "with policies refused, too" 0 unshare -Ur $deny $policy_calls "$HLAUNCH" run --per machine -- true
else
    skip "a user namespace" "unshare -Ur is not allowed here"
fi

# --- memory that no node counts (added to a running virtual machine) ----------------------------------------------------
if [ "$(grep -c . /sys/devices/system/node/has_memory 2>/dev/null)" = 1 ] && [[ $(cat /sys/devices/system/node/has_memory) =~ ^[0-9]+$ ]]; then
    check_equal "of one node the kernel's sum counts" "$(awk '/^MemTotal:/ { printf "%.0f", $2 * 1024 }' /proc/meminfo)" \
        "$("$HLAUNCH" topo --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["topology"]["numa_nodes"][0]["memory_bytes"])')"
else
    skip "of one node the kernel's sum counts" "this machine has several"
fi

# --- CPU quota --------------------------------------------------------------------------------------------------------
quota() { if [ "$VERSION" = 2 ]; then echo "$2 100000" >"$1/cpu.max"; else echo 100000 >"$1/cpu.cfs_period_us" && echo "$2" >"$1/cpu.cfs_quota_us"; fi; }
if [ "$cpus" -lt 2 ]; then
    skip "a real CPU quota" "one CPU alone has nothing to lose"
elif ! make_group cpu hlaunch-quota; then
    skip "a real CPU quota" "no group with the cpu controller can be made here (root is needed)"
else
    outer=$GROUP inner=$GROUP/inner
    mkdir "$inner" && GROUPS_MADE+=("$inner")
    inner_quota=yes
    [ "$VERSION" = 1 ] || echo +cpu >"$outer/cgroup.subtree_control" 2>/dev/null || inner_quota=
    quota "$outer" 150000
    [ "$VERSION" = 1 ] || [ -z "$inner_quota" ] || quota "$inner" 200000  # version 1 takes no more than the parent has
    within "$inner" "$HLAUNCH" plan --per cores:1 --json >quota.json 2>quota.err || cat quota.err >&2
    check_equal "CPU quota of 1.5 CPUs in a parent's group: one placement of one CPU" "1 1" "$(python3 -c '
import json; p = json.load(open("quota.json")); print(len(p["placements"]), p["machine"]["pus"])')"
    check_equal "the plan's JSON tells it" 1.5 "$(python3 -c 'import json; print(json.load(open("quota.json"))["machine"]["cpu_quota"])')"
    check_json "and is valid" quota.json
    within "$inner" "$HLAUNCH" topo --json >quota.topo.json
    check_json "topo's, too" quota.topo.json
    check "plan says who sets it" bash -c 'echo $$ >"$1/cgroup.procs"; "$2" plan | grep -q "CPU quota of 1.5 CPUs (cpu.* of /.*hlaunch-quota-.*): of .* CPUs one is planned with"' _ "$inner" "$HLAUNCH"
    check "check says it" bash -c 'echo $$ >"$1/cgroup.procs"; "$2" check --app true | grep -q "cpu-quota.*CPU quota of 1.5 CPUs"' _ "$inner" "$HLAUNCH"
    check_exit "more instances than it pays for" 2 within "$inner" "$HLAUNCH" plan --instances 2
    check "are refused by its name" grep -q "only 1 core is allowed here (CPU quota of 1.5 CPUs" check.err
    check_exit "more cores alike" 2 within "$inner" "$HLAUNCH" plan --per cores:2
    check "by its name" grep -q "CPU quota of 1.5 CPUs" check.err
    check_exit "the main job under it" 0 within "$inner" bash -c 'main_job run --quiet --per cores:1 --output quota.run'
    check_equal "one instance, told of one CPU" "1 1" "$(told quota.run | cut -d' ' -f1,2)"
    check_equal "what is started sees one CPU" 1 "$(within "$inner" "$HLAUNCH" run --per machine -- nproc)"
fi

# --- memory limit -----------------------------------------------------------------------------------------------------
if ! make_group memory hlaunch-limit; then
    skip "a real memory limit" "no group with the memory controller can be made here (root is needed)"
else
    echo $((600 << 20)) >"$GROUP/$([ "$VERSION" = 2 ] && echo memory.max || echo memory.limit_in_bytes)"
    mkdir "$GROUP/inner" && GROUPS_MADE+=("$GROUP/inner")
    within "$GROUP/inner" "$HLAUNCH" plan --per cores:1 --reserve-cores 0 --json >memory.json
    check_equal "memory limit of 600 MiB in a parent's group: the placements share it" "yes yes" "$(python3 - <<'P'
import json
p = json.load(open("memory.json"))
total = sum(x["memory_bytes"] for x in p["placements"])
print("yes" if 590 << 20 < total <= 600 << 20 else total, "yes" if p["machine"]["memory_limit_bytes"] == 600 << 20 else "no")
P
)"
    check_json "the plan is valid" memory.json
    check "plan says who sets it" bash -c 'echo $$ >"$1/cgroup.procs"; "$2" plan | grep -q "memory limit of 600.0 MiB (.*)"' _ "$GROUP/inner" "$HLAUNCH"
    check_exit "the main job under it" 0 within "$GROUP/inner" bash -c 'main_job run --quiet --per cores:1 --reserve-cores 0 --output limit.run 2>limit.err'
    check "its instances are told of no more than the limit together" test "$(told limit.run | cut -d' ' -f3)" -le 600
    # A copy of the data counts against the group, though the machine has room.
    truncate -s 400M large.bin
    check_exit "a copy that the group has no room for" 0 within "$GROUP/inner" "$HLAUNCH" run --per machine --stage large.bin --output large -- true
    check "is not made" grep -q "is not staged, it is read where it is: 400.0 MiB of data" check.err
fi

# --- all at once, in namespaces of its own as a container has them -------------------------------------------------------
# contained COMMAND...: in new namespaces, whose control groups are mounted anew, so that the group is "/" there.
contained() {
    unshare --mount --pid --fork --uts --ipc --cgroup --kill-child bash -c '
        mount --make-rprivate / && mount -t proc proc /proc && mount -t tmpfs none /sys/fs/cgroup && cd "$1" && shift || exit 9
        for controller in cpu memory; do
            if grep -qE ":([^:]*,)?$controller(,[^:]*)?:" /proc/self/cgroup; then
                at=$(sed -nE "s/^[0-9]+:(([^:]*,)?$controller(,[^:]*)?):.*/\1/p" /proc/self/cgroup)
                mkdir -p "/sys/fs/cgroup/$at" && mount -t cgroup -o "$at" none "/sys/fs/cgroup/$at" || exit 9
            fi
        done
        grep -q ^0:: /proc/self/cgroup && [ "$(ls /sys/fs/cgroup)" = "" ] && mount -t cgroup2 none /sys/fs/cgroup
        exec "$@"' _ "$PWD" "$@"
}
if ! make_group cpu hlaunch-box || ! quota "$GROUP" 100000 || ! box_cpu=$GROUP || ! make_group memory hlaunch-box-memory; then
    skip "a container" "no groups with the controllers cpu and memory can be made here (root is needed)"
elif [ "$VERSION" = 2 ] || ! contained true 2>/dev/null; then
    skip "a container" "no namespaces with control groups of version 1 can be made here"
else
    echo $((600 << 20)) >"$GROUP/memory.limit_in_bytes"
    boxed() { bash -c 'echo $$ >"$1/cgroup.procs" && echo $$ >"$2/cgroup.procs" && shift 2 && "$@"' _ "$box_cpu" "$GROUP" contained $deny "$policy_calls" "$@"; }
    export -f contained
    boxed "$HLAUNCH" plan --json >box.json 2>box.err || cat box.err >&2
    check_equal "a container with one CPU, 600 MiB and no policies: the plan" "1 1 600 local" "$(python3 -c '
import json
(p,) = json.load(open("box.json"))["placements"]
print(p["cores"], len(p["cpus"]), p["memory_bytes"] >> 20, p["mem_policy"])')"
    check_exit "its queue" 0 boxed "$HLAUNCH" queue two --output box.q
    check_exit "its main job" 0 boxed bash -c 'main_job run --quiet --output box.run'
    check_equal "whose instance is told of the same" "1 1 600" "$(told box.run)"
fi

# --- processes --------------------------------------------------------------------------------------------------------
if ! make_group pids hlaunch-pids; then
    skip "a real limit of processes" "no group with the pids controller can be made here (root is needed)"
else
    echo 3 >"$GROUP/pids.max"
    check_exit "a queue that its group has no processes for" 3 within "$GROUP" "$HLAUNCH" queue two --output pids.q --per cores:1 --reserve-cores 0
    check "is refused before the start, with the numbers and the remedy" grep -q "need at least .* processes and threads, but pids.max of .*hlaunch-pids-.* (3) leaves 2; raise the limit" check.err
    check "and has left nothing" test ! -e pids.q
    check_exit "a command, too" 3 within "$GROUP" "$HLAUNCH" run --per machine --output pids.run -- true
    echo 40 >"$GROUP/pids.max"
    check_exit "what is likely too few for an analysis is planned" 0 within "$GROUP" bash -c 'main_job plan --per machine'
    check "with a warning and its numbers" grep -q "1 instance of .* worker.* take about .* processes and threads, but pids.max of .* (40) leaves" check.out
    echo 20 >"$GROUP/pids.max"
    check_exit "what is too few in any case is refused" 3 within "$GROUP" bash -c 'main_job run --quiet --per machine --output pids.main'
    check "with its numbers" grep -q "need at least .* but pids.max of .* leaves" check.err
    check "a limit of processes is in check" bash -c 'echo $$ >"$1/cgroup.procs"; "$2" check --app true | grep -q "FAIL.*tasks\|tasks.*pids.max of"' _ "$GROUP" "$HLAUNCH"
    echo 64 >"$GROUP/pids.max"
    check_exit "with enough of them it runs" 0 within "$GROUP" "$HLAUNCH" queue two --output pids.q --per cores:1 --reserve-cores 0
    check_equal "and says nothing" 0 "$(grep -c 'pids.max' check.err)"
fi

# The user's own limit holds for all of the user's processes and threads on the machine, and not for root.
user=$((300000 + $$))
mkdir theirs && chmod 777 theirs && cp two theirs/
as_user() { (cd theirs && setpriv --reuid="$user" --regid="$user" --clear-groups env HOME="$PWD" TMPDIR="$PWD" XDG_CONFIG_HOME="$PWD" XDG_STATE_HOME="$PWD" "$@"); }
if [ "$(id -u)" != 0 ] || ! chmod 755 "$T" || ! as_user "$HLAUNCH" --version >/dev/null 2>&1; then
    skip "ulimit -u" "another user cannot be taken here (root is needed)"
else
    check_exit "a user's limit of processes" 3 as_user bash -c 'sleep 100 & ulimit -u 5; "$0" queue two --per cores:1 --reserve-cores 0 --output q; code=$?; kill %1; exit $code' "$HLAUNCH"
    check "is refused with its name, and what runs already counts" grep -q "need at least .* but ulimit -u (5) leaves [23]; raise the limit" check.err
    check_exit "with enough it runs" 0 as_user bash -c 'ulimit -u 64; exec "$0" queue two --per cores:1 --reserve-cores 0 --output q' "$HLAUNCH"
    check_exit "root is not held to it" 0 bash -c 'ulimit -u 3; exec "$0" queue two --quiet --per cores:1 --reserve-cores 0' "$HLAUNCH"
fi

# --- a cpuset that shrinks during a run --------------------------------------------------------------------------------
if [ "$cpus" -lt 2 ]; then
    skip "a cpuset that shrinks" "one CPU alone cannot lose one"
elif ! make_group cpuset hlaunch-shrinks; then
    skip "a cpuset that shrinks" "no group with the cpuset controller can be made here (root is needed)"
else
    first=$(first_of "$allowed") last=$(sed 's/.*[-,]//' <<<"$allowed")
    echo "$nodes" >"$GROUP/cpuset.mems" && echo "$first,$last" >"$GROUP/cpuset.cpus"
    # The first task takes the CPU away; the second one, in the other slot, waits for that, and all others until that slot is left out.
    cat >task.sh <<'P'
left=6000
until [ -e shrunk ] && { [ "$1" = 1 ] || grep -q binding-refused shrinks/journal.jsonl; } || [ "$left" = 0 ]; do sleep .01; left=$((left - 1)); done
echo "$1" >>did
P
    { echo "sh -c 'echo $first > $GROUP/cpuset.cpus; touch shrunk'"; for i in $(seq 40); do echo "sh task.sh $i"; done; } >tasks
    check_exit "a queue whose cpuset loses a CPU" 0 within "$GROUP" "$HLAUNCH" queue tasks --per cores:1 --reserve-cores 0 --output shrinks
    check_equal "does every task, each once" "$(seq 40)" "$(sort -n did)"
    check "and says which slot is left out" grep -q "slot 1 takes no more tasks, the others do its work: binding to CPUs $last is impossible" check.err
    check_equal "no task failed" 0 "$(python3 - <<'P'
import json
ends = [e for e in (json.loads(line[17:]) for line in open("shrinks/journal.jsonl")) if e["event"] == "end"]
print(sum(e["outcome"] != "done" and not e.get("again") for e in ends))
P
)"
    check_exit "status knows of none" 0 "$HLAUNCH" status shrinks
    # A campaign's placement alike: each scan is a process of its own here, and the first takes the CPU away.
    echo "$first,$last" >"$GROUP/cpuset.cpus"
    printf '#!/bin/sh\nif grep -q '"'"'"task": *"survey"'"'"' "$HLAUNCH_TASK"; then echo %s >%s; touch shrunk; fi\nexec %s "$@"\n' "$first" "$GROUP/cpuset.cpus" "$app" >shrinking
    chmod +x shrinking
    for i in $(seq 6); do echo "data $i" >"scan$i.h5"; done
    check_exit "a campaign whose cpuset loses a CPU" 0 within "$GROUP" "$HLAUNCH" campaign --config config.yaml --data 'scan*.h5' --app "$PWD/shrinking" --mode nlsq --per cores:1 --reserve-cores 0 --jit-cache off --output campaign
    check "says which placement is left out" grep -q "placement 1 takes no more work, the others do it: binding to CPUs $last is impossible" check.err
    check_equal "and fits every scan" 6 "$(python3 -c '
import csv; print(sum(row["status"] == "done" for row in csv.DictReader(open("campaign/table.csv"))))')"
    # A part of an analysis belongs to its placement: exit 3, and the next start plans with what is left.
    echo "$first,$last" >"$GROUP/cpuset.cpus"
    printf '#!/bin/sh\nif grep -q '"'"'"task": *"nlsq"'"'"' "$HLAUNCH_TASK"; then echo %s >%s; fi\nexec %s "$@"\n' "$first" "$GROUP/cpuset.cpus" "$app" >shrinking
    check_exit "an analysis whose cpuset loses a CPU" 3 within "$GROUP" bash -c 'app=$PWD/shrinking main_job run --quiet --per cores:1 --reserve-cores 0 --output analysis'
    check "says what to do" grep -q "binding to CPUs $last is impossible: .*; the same command again plans with what is left" check.err
    check_exit "the same command again" 0 within "$GROUP" bash -c 'main_job run --quiet --per cores:1 --reserve-cores 0 --output analysis'
    # No slot left: exit 3, and the same command does the rest.
    rm -f shrunk did
    echo "$first,$last" >"$GROUP/cpuset.cpus"
    { echo "sh -c 'echo $first > $GROUP/cpuset.cpus; touch shrunk'"; for i in $(seq 10); do echo "sh -c 'echo $i >>did'"; done; } >tasks
    check_exit "a queue that loses its only slot" 3 within "$GROUP" taskset -c "$last" "$HLAUNCH" queue tasks --quiet --output lost
    check "says so" grep -q "binding to CPUs $last is impossible: .*; no slot is left, the same command again does the rest" check.err
    check_exit "the same command again" 0 within "$GROUP" "$HLAUNCH" queue tasks --output lost
    check_equal "does the rest, each once" "$(seq 10)" "$(sort -n did)"
    check "and what was not to blame is no failure" bash -c '! grep -q "failed at an earlier start" check.err'
fi
summary
