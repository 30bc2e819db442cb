#!/usr/bin/env bash
# Whether this machine's Slurm takes the committed golden scripts (tests/golden/scripts), on a cluster that has what they ask for;
# and runs a job with their directives' odd ones. No build is needed: for another release of Slurm, in a chroot. As root.
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/real/slurm_cluster.sh
. "$REPO/tests/real/slurm_cluster.sh"
if ! slurm_is_there || [ "$(id -u)" != 0 ]; then
    skip "the golden scripts on this machine's Slurm" "needs root, slurm-wlm and munge"
    summary
fi
trap 'code=$?; stop_slurm; (exit "$code"); tests_cleanup' EXIT
SLURM_NODE="CPUs=64 Sockets=2 CoresPerSocket=16 ThreadsPerCore=2 RealMemory=64000"
code=0
start_slurm "$T/slurm" 3 || code=$?
check_equal "$(PATH=$PATH:/usr/sbin slurmd -V), three nodes" 0 "$code"
[ "$code" = 0 ] || { tail -n 20 "$SLURM_FOLDER/daemons.log" >&2; summary; }
cd "$T"
for script in "$REPO"/tests/golden/scripts/slurm*.sh; do
    check "sbatch --test-only $(basename "$script")" sbatch --test-only "$script"
done
# The skeleton of the emitted script with a command in place of the worker: one step over all nodes, USR1 before the end to
# its tasks, its exit code, a requeue.
sed -e "s#^hlaunch=.*#hlaunch=$T/task#; s#^cd .*#cd $T#; s#--output=[^ ]*#--output=$T/job.log#; s#@300#@10#; /^module/d" "$REPO/tests/golden/scripts/slurm.mem.sh" >job.sh
cat >task <<'EOF'
#!/bin/bash
if [ "$1" = run ]; then echo "merged in start $SLURM_RESTART_COUNT"; exit; fi
echo "task $SLURM_PROCID of $SLURM_NTASKS on $SLURMD_NODENAME, start ${SLURM_RESTART_COUNT:-0}"
[ "${SLURM_RESTART_COUNT:-0}" = 0 ] || exit 0
trap 'exit 138' USR1
while :; do sleep 0.2; done
EOF
chmod +x task
id=$(sbatch --parsable job.sh)
all_run() { [ "$(grep -c '^task . of 3 on n., start 0' job.log)" = 3 ]; }
check "a task on each node" wait_for 60 all_run
scontrol update JobId="$id" EndTime=now+45seconds
check "the warning before the end, a requeue, a second start, its end" wait_for 240 job_is "$id" COMPLETED
check_equal "as the log tells" "3 1" "$(grep -c '^task . of 3 on n., start 1' job.log) $(grep -c '^merged in start 1' job.log)"
# The one that is sized for no node: its step has whole nodes, whatever their size.
sed -e "s#^hlaunch=.*#hlaunch=$T/whole#; s#^cd .*#cd $T#; s#--output=[^ ]*#--output=$T/whole.log#" "$REPO/tests/golden/scripts/slurm.any.sh" >whole.sh
printf '#!/bin/bash\n[ "$1" = run ] || echo "node $SLURMD_NODENAME: $SLURM_CPUS_ON_NODE CPUs, $(scontrol show job "$SLURM_JOB_ID" | grep -o "MinMemoryNode=[^ ]*")"\n' >whole
chmod +x whole
id=$(sbatch --parsable whole.sh)
check "a job of whole nodes of any size" wait_for 120 job_is "$id" COMPLETED
check_equal "each task has all of its node" "64 64 64" "$(sed -n 's/^node n[123]: \([0-9]*\) CPUs.*/\1/p' whole.log | xargs)"
[ "$TESTS_FAILED" = 0 ] || tail -n 30 job.log >&2
summary
