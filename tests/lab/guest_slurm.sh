#!/bin/busybox sh
# Inside the guest: a Slurm of one node, this machine, that binds its tasks (task/affinity). Given: stepd, the path of slurmstepd.
# shellcheck shell=sh disable=SC2154
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
  MailProg=/bin/true AccountingStorageType=accounting_storage/none MessageTimeout=100 SlurmdTimeout=0 \
  'NodeName=n1 CPUs=4 Sockets=2 CoresPerSocket=2 ThreadsPerCore=1 RealMemory='"$(awk '/^MemTotal:/ { print int($2 / 1024) }' /proc/meminfo)" 'PartitionName=debug Nodes=ALL Default=YES State=UP' >/slurm/slurm.conf
export SLURM_CONF=/slurm/slurm.conf
slurmctld -D -c >/slurm/ctld.log 2>&1 &
slurmd -D -N n1 >/slurm/d.log 2>&1 &
for _ in $(seq 300); do timeout 60 sinfo -h -t idle -o %N 2>/dev/null | grep -q n1 && break; sleep 1; done
