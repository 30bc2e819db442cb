#!/bin/bash
# A real Slurm that binds its tasks (task/affinity) in a guest of two NUMA nodes: hlaunch stays inside what a task was given,
# and its pages are on the nodes of those CPUs. Debian packages: those of numa_test.sh, slurm-wlm, munge.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin
stepd=$(readlink -f "$(command -v slurmstepd)") plugins=$(dirname "$(ldconfig -p | awk '/libslurmfull/ { print $NF; exit }')")
[ -e "$plugins/task_affinity.so" ] || plugins=$(dirname "$(find /usr/lib -name task_affinity.so -print -quit)")
if [ -z "$stepd" ] || [ ! -e "$plugins/task_affinity.so" ]; then
    skip "Slurm's task/affinity in a guest" "slurm-wlm is missing"
    summary
fi
guest_files+=(-f "$plugins" -f "$stepd")
for program in slurmctld slurmd srun sbatch sinfo; do guest_files+=(-b "$(command -v "$program")"); done

guest two 9 <<CHECKS
stepd=$stepd
$(cat <<'INSIDE'
hostname n1
ip link set lo up; ip address add 10.0.0.1/8 dev lo
echo root:x:0:0:root:/root:/bin/sh >/etc/passwd; echo root:x:0: >/etc/group
printf '127.0.0.1 localhost\n10.0.0.1 n1\n' >/etc/hosts
mkdir -p /slurm/state /slurm/spool
[ -e /usr/sbin/slurmstepd ] || ln -s "$stepd" /usr/sbin/slurmstepd
umount /sys/fs/cgroup # without systemd Slurm cannot have groups of its own
printf 'CgroupAutomount=no\nCgroupPlugin=cgroup/v1\n' >/slurm/cgroup.conf
printf '%s\n' ClusterName=guest SlurmctldHost=n1 SlurmUser=root SlurmdUser=root AuthType=auth/none CredType=cred/none \
  StateSaveLocation=/slurm/state SlurmdSpoolDir=/slurm/spool SlurmctldPidFile=/slurm/ctld.pid SlurmdPidFile=/slurm/d.pid \
  ProctrackType=proctrack/linuxproc TaskPlugin=task/affinity SwitchType=switch/none MpiDefault=none \
  SelectType=select/cons_tres SelectTypeParameters=CR_Core SchedulerParameters=sched_interval=1,batch_sched_delay=0 \
  MailProg=/bin/true AccountingStorageType=accounting_storage/none \
  'NodeName=n1 CPUs=4 Sockets=2 CoresPerSocket=2 ThreadsPerCore=1 RealMemory=300' 'PartitionName=debug Nodes=ALL Default=YES State=UP' >/slurm/slurm.conf
export SLURM_CONF=/slurm/slurm.conf
slurmctld -D -c >/slurm/ctld.log 2>&1 &
slurmd -D -N n1 >/slurm/d.log 2>&1 &
for _ in $(seq 30); do timeout 5 sinfo -h -t idle -o %N 2>/dev/null | grep -q n1 && break; sleep 1; done
# As the emitted scripts start a worker: one task, so many CPUs, nothing bound by srun.
task() { cpus=$1; shift; timeout 30 srun --ntasks=1 --cpus-per-task="$cpus" --cpu-bind=none "$@"; }
# What part NUMBER of a run in such a task says of itself.
part() { cp "/tmp/out/parts/00$1/stdout.log" /tmp/said 2>/dev/null || echo none >/tmp/said; }
run() { rm -rf /tmp/out; task "$1" hlaunch run --per numa --reserve-cores 0 --output /tmp/out -- lab_probe 16 >/dev/null 2>/tmp/refusal || cat /tmp/refusal /slurm/*.log; }

run 2
part 0;                            expect "slurm: half a node: its CPUs, its memory" "cpus 0-1" "mode 2" "nodes 1" "pages N0 4096"
part 1;                            expect "slurm: and no more instances" "none"
task 2 sleep 60 &
holder=$!
sleep 2
run 2
part 0;                            expect "slurm: the other half, while a job has the first" "cpus 2-3" "mode 2" "nodes 2" "pages N1 4096"
part 1;                            expect "slurm: and no more instances there" "none"
task 2 hlaunch exec --cpus 0-1 --mems 0 -- lab_probe 16 >/tmp/refusal 2>&1
{ echo "exit $?"; grep -c . /tmp/refusal; } >/tmp/said; expect "slurm: CPUs of another job are refused" "exit 3"
kill $holder; wait $holder 2>/dev/null
run 4
part 0;                            expect "slurm: a whole node: one instance a NUMA node (0)" "cpus 0-1" "nodes 1" "pages N0 4096"
part 1;                            expect "slurm: a whole node: one instance a NUMA node (1)" "cpus 2-3" "nodes 2" "pages N1 4096"
run 3
part 0;                            expect "slurm: three cores: two here" "cpus 0-1" "pages N0 4096"
part 1;                            expect "slurm: three cores: one there" "cpus 2" "pages N1 4096"
INSIDE
)
CHECKS
summary
