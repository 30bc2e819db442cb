#!/bin/bash
# The real hlaunch binds a probe in guests with several NUMA nodes; the probe says where its pages are.
# Debian packages: qemu-system-x86 linux-image-cloud-amd64 busybox-static cpio.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

guest two 22 <<'CHECKS'
plan "two: a placement a node" "0-1 2-3" "0 1"
probe --cpus 2-3 --mems 1;                             expect "two: node 1" "cpus 2-3" "mode 2" "nodes 2" "pages N1 4096"
control;                                               expect "two: the control without hlaunch is on node 0" "cpus 0" "mode 0" "pages N0 4096"
probe --cpus 0 --mems 1;                               expect "two: memory away from the CPU" "cpus 0" "pages N1 4096"
probe --cpus 3;                                        expect "two: only CPUs: the policy is untouched" "cpus 3" "mode 0" "pages N1 4096"
probe --mems 1;                                        expect "two: only memory: the CPUs are untouched" "cpus 0-3" "pages N1 4096"
probe --cpus 0-3 --mems 0-1 --mem-policy interleave;   expect "two: interleave spreads evenly" "mode 3" "nodes 3" "pages N0 about 2048" "pages N1 about 2048"
probe --cpus 0-1 --mems 1 --mem-policy preferred;      expect "two: preferred" "mode 1" "pages N1 4096"
probe --cpus 0-1 --mems 1 --mem-policy preferred-many; expect "two: preferred-many" "mode 5" "pages N1 4096"
probe --cpus 2 --mem-policy local;                     expect "two: local" "mode 4" "pages N1 4096"
# 64 MiB against less than one of the probe's own code and stack.
remote "two: the remote share of memory away from the CPU is whole" 98 100 --cpus 0 --mems 1
remote "two: that of memory beside it is none" 0 2 --cpus 2-3 --mems 1
remote "two: that of interleaved memory is half" 48 52 --cpus 1 --mems 0-1 --mem-policy interleave
refused --cpus 0 --mems 7;                             expect "two: no node 7: exit code 3, one line" "exit 3" "lines 1"
# A file written on node 0 stays there, but its copies are each on the node of their placement.
taskset 1 dd if=/dev/urandom of=/tmp/data bs=1M count=16 2>/dev/null
lab_probe --map /tmp/data >/tmp/said;                  expect "two: the control: the file is on node 0" "pages N0 4096"
shared=$(shmem_mib)
hlaunch run --per numa --reserve-cores 0 --stage /tmp/data -- sh -c 'cmp "$0" /tmp/data && lab_probe --map "$0" >/tmp/said.$1' '{staged}' '{index}' >/tmp/refusal 2>&1
cp /tmp/said.0 /tmp/said;                              expect "two: --stage: the copy of placement 0 is on node 0" "pages N0 4096"
cp /tmp/said.1 /tmp/said;                              expect "two: --stage: the copy of placement 1 is on node 1" "pages N1 4096"
until_shmem "two: --stage: its memory is free at the end" $((shared + 4))
hlaunch run --per numa --reserve-cores 0 --stage /tmp/data -- sh -c 'exec 3<"$0"; echo >/tmp/reads.$1; exec sleep 100' '{staged}' '{index}' >/dev/null 2>&1 &
staging=$!
until [ -e /tmp/reads.0 ] && [ -e /tmp/reads.1 ]; do sleep 0.2; done
both "two: --stage: both copies are held" $((shared + 30))
kill -KILL $staging
until_shmem "two: --stage: and free after SIGKILL" $((shared + 4))
rm /tmp/data; dd if=/dev/zero of=/tmp/data bs=1M count=$((150 * memory_times)) 2>/dev/null; : >/tmp/said
hlaunch run --per numa --reserve-cores 0 --stage /tmp/data -- echo '{staged}' 2>&1 | grep -c "is not staged.*node" >>/tmp/said; echo "exit $?" >>/tmp/said
rm /tmp/data;                                          expect "two: --stage: too large for a node: one warning, not staged" "1" "exit 0"
# A cpuset of node 0 makes node 1 impossible, and the unbound child stays inside.
mkdir /sys/fs/cgroup/half; echo +cpuset >/sys/fs/cgroup/cgroup.subtree_control
echo 0-1 >/sys/fs/cgroup/half/cpuset.cpus; echo 0 >/sys/fs/cgroup/half/cpuset.mems; echo $$ >/sys/fs/cgroup/half/cgroup.procs
refused --cpus 2-3 --mems 1;                           expect "two: outside the cpuset: exit code 3, one line" "exit 3" "lines 1"
CHECKS

# Limits of control groups of version 2, and memory policies that a filter refuses, on two nodes.
guest two 12 <<'CHECKS'
holds() { name=$1; shift; if "$@" >/tmp/held 2>&1; then echo "ok $name"; else echo "FAILED $name: $(tr '\n' '|' </tmp/held)"; fi; }
within() { sh -c 'echo $$ >"/sys/fs/cgroup/$0/cgroup.procs"; exec "$@"' "$@"; }
group() { mkdir "/sys/fs/cgroup/$1"; }
figures() { tr -d ' \n' </tmp/plan | grep -o "\"$1\":[0-9.]*" | cut -d: -f2; }
lab_probe --refuse-policies hlaunch run --per numa --reserve-cores 0 -- sh -c 'lab_probe 16 >/tmp/said.$0' '{index}' 2>/tmp/refusal
cp /tmp/said.0 /tmp/said;                              expect "two: no policies: placement 0 has its CPUs, and so its memory" "cpus 0-1" "mode 0" "pages N0 4096"
cp /tmp/said.1 /tmp/said;                              expect "two: no policies: placement 1, too" "cpus 2-3" "mode 0" "pages N1 4096"
holds "two: no policies: it is said once, with a remedy that exists" test "$(grep -c 'only CPUs are bound.*--cap-add SYS_NICE' /tmp/refusal)" = 1
dd if=/dev/urandom of=/tmp/data bs=1M count=16 2>/dev/null
lab_probe --refuse-policies hlaunch run --per numa --reserve-cores 0 --stage /tmp/data -- sh -c 'lab_probe --map "$0" >/tmp/said.$1' '{staged}' '{index}' 2>/tmp/refusal
cp /tmp/said.1 /tmp/said;                              expect "two: no policies: --stage copies beside the CPUs" "pages N1 4096"
for controller in cpu memory pids cpuset; do echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control; done
group paid; echo "+cpu +memory +pids" >/sys/fs/cgroup/paid/cgroup.subtree_control; group paid/inner
echo 250000 >/sys/fs/cgroup/paid/cpu.max; echo 400000 >/sys/fs/cgroup/paid/inner/cpu.max
within paid/inner hlaunch plan --per cores:1 --json >/tmp/plan 2>/tmp/refusal
holds "two: cpu.max of a parent: two CPUs of four, of one node" test "$(figures pus) $(figures numa_nodes | head -n 1) $(figures cpu_quota)" = "2 1 2.5"
echo max >/sys/fs/cgroup/paid/cpu.max; echo max >/sys/fs/cgroup/paid/inner/cpu.max
echo $((100 << 20)) >/sys/fs/cgroup/paid/memory.max
within paid/inner hlaunch plan --per cores:1 --reserve-cores 0 --json >/tmp/plan 2>/tmp/refusal
holds "two: memory.max of a parent is shared" test "$(figures memory_limit_bytes) $(figures memory_bytes | awk 'NR > 1 { sum += $1 } END { print NR - 1, (sum <= 104857600 && sum > 104857000) }')" = "104857600 4 1"
echo max >/sys/fs/cgroup/paid/memory.max; echo $((80 << 20)) >/sys/fs/cgroup/paid/inner/memory.high
within paid/inner hlaunch plan --per cores:1 --reserve-cores 0 >/tmp/plan 2>/tmp/refusal
holds "two: memory.high counts as well" grep -q "memory limit of 80.0 MiB (memory.high of .*/paid/inner)" /tmp/plan
echo 6 >/sys/fs/cgroup/paid/pids.max
for i in 1 2 3 4; do echo true; done >/tmp/tasks
within paid/inner hlaunch queue /tmp/tasks --per cores:1 --reserve-cores 0 >/tmp/said 2>&1; echo "exit $?" >>/tmp/said
holds "two: pids.max of a parent: refused with the numbers" grep -q "4 commands at once need at least 9 processes and threads, but pids.max of .*/paid (6) leaves 5" /tmp/said
holds "two: pids.max: exit code 3" grep -qx "exit 3" /tmp/said
# The first task takes a CPU away from all; the second waits for that, the others until its slot is left out.
cat >/tmp/task.sh <<'P'
left=600
until [ -e /tmp/shrunk ] && { [ "$1" = 1 ] || grep -q binding-refused /tmp/queue/journal.jsonl; } || [ "$left" = 0 ]; do sleep .1; left=$((left - 1)); done
echo "$1" >>/tmp/did
P
group less; echo 0,3 >/sys/fs/cgroup/less/cpuset.cpus
{ echo "sh -c 'echo 0 >/sys/fs/cgroup/less/cpuset.cpus; touch /tmp/shrunk'"; for i in 1 2 3 4 5 6 7 8 9; do echo "sh /tmp/task.sh $i"; done; } >/tmp/tasks
within less hlaunch queue /tmp/tasks --per cores:1 --reserve-cores 0 --output /tmp/queue >/tmp/said 2>&1; echo "exit $?" >>/tmp/said
holds "two: a cpuset that shrinks: all tasks are done, each once" test "$(echo $(sort -n /tmp/did))" = "1 2 3 4 5 6 7 8 9"
holds "two: a cpuset that shrinks: the slot is left out" grep -q "slot 1 takes no more tasks" /tmp/said
holds "two: a cpuset that shrinks: nothing has failed" grep -qx "exit 0" /tmp/said
CHECKS

guest memory 3 <<'CHECKS'
plan "memory: a node without CPUs is no placement" "0-1 2-3" "0 1"
probe --cpus 0-1 --mems 2;                             expect "memory: a node without CPUs takes the pages" "cpus 0-1" "mode 2" "pages N2 4096"
probe --cpus 0-3 --mems 1-2 --mem-policy interleave;   expect "memory: interleave over both" "pages N1 about 2048" "pages N2 about 2048"
CHECKS

guest cpu 3 <<'CHECKS'
probe --cpus 2-3 --mems 0;                             expect "cpu: CPUs without memory use node 0" "cpus 2-3" "mode 2" "pages N0 4096"
probe --cpus 2-3;                                      expect "cpu: without --mems too" "cpus 2-3" "mode 0" "pages N0 4096"
refused --cpus 2-3 --mems 1;                           expect "cpu: a node without memory is no memory node" "exit 3" "lines 1"
CHECKS

guest four 3 <<'CHECKS'
plan "four: a placement a node" "0-1 2-3 4-5 6-7" "0 1 2 3"
probe --cpus 4-5 --mems 2;                             expect "four: node 2" "cpus 4-5" "pages N2 4096"
probe --cpus 4-7 --mems 2-3 --mem-policy interleave;   expect "four: one package" "cpus 4-7" "pages N2 about 2048" "pages N3 about 2048"
CHECKS

summary
