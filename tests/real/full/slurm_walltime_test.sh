#!/usr/bin/env bash
# The walltime of a real Slurm, by its own timer, in the script as it is: its warning reaches each process of the step. An analysis
# and a queue of sleeping tasks are requeued and end well; what was done is not done again, and no task has failed.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/real/slurm_cluster.sh
. "$REPO/tests/real/slurm_cluster.sh"
if ! slurm_is_there || [ "$(id -u)" != 0 ]; then
    skip "the walltime of a real Slurm" "needs root, slurm-wlm and munge"
    summary
fi
trap 'code=$?; stop_slurm; (exit "$code"); tests_cleanup' EXIT
code=0
start_slurm "$T/slurm" 2 || code=$?
check_equal "a Slurm of two nodes runs" 0 "$code"
restarts() { scontrol show job "$1" | sed -nE 's/.*Restarts=([0-9]+).*/\1/p' | head -n 1; }

# Twenty shards, one after the other, nothing compiled before: some four minutes on a quiet machine, of which one start leaves less than three.
export HLAUNCH_JIT_CACHE=$T/jit
make_scan data --frames 64 --phi 0,30,60,90,120,150 --seed 3
make_sampling_yaml data config.yaml 300 600 optimization.cmc.sharding.num_shards=20
late=$("$HLAUNCH" submit slurm --config config.yaml --mode cmc --app "$homodyne" --per machine --reserve-cores 0 --accept ess --accept r-hat \
    --accept divergences --num-workers 1 --grace 10 --set memory=none --set walltime=3m --set lead_s=60 --no-forecast --node n1 --nodes 1 \
    --output late | cut -d' ' -f1)

# Sleeping tasks, half of them Python, which dies of the warning when it hears it.
for i in $(seq 40); do
    if [ $((i % 2)) = 0 ]; then
        echo "sh -c 'echo $i >>begun; sleep 8; echo $i >>ended'"
    else
        echo "python3 -c 'import time; print($i, file=open(\"begun\", \"a\")); time.sleep(8); print($i, file=open(\"ended\", \"a\"))'"
    fi
done >tasks
cat >queue.sh <<F
#!/bin/bash
#SBATCH --time=2
#SBATCH --signal=USR1@45
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=$T/queue-%j.log
#SBATCH --cpus-per-task=2
cd "$T" || exit 3
srun --ntasks=1 --cpu-bind=none "$HLAUNCH" queue tasks --per cores:1 --reserve-cores 0 --output q --lead 45s --grace 5 --quiet &
step=\$!
status=0
wait "\$step" || status=\$?
[ "\$status" != 138 ] || scontrol requeue "\$SLURM_JOB_ID"
exit "\$status"
F
# queue_ends NAME JOB
queue_ends() {
    check "$1: the queue ends well" wait_for 900 job_is "$2" COMPLETED
    echo "restarts: $(restarts "$2")"
    check "$1: after a requeue" test "$(restarts "$2")" -ge 1
    check_equal "$1: none was begun twice" "" "$(sort begun | uniq -d | xargs)"
    check_equal "$1: each task ended once" "40 1" "$(sort ended | uniq -c | awk '{ print $1 }' | sort | uniq -c | xargs)"
    check_equal "$1: none failed or was stopped" "done" "$(grep -o '"outcome":"[a-z-]*"' q/journal.jsonl | cut -d'"' -f4 | sort -u | xargs)"
}
queue=$(sbatch --parsable queue.sh)

check "the analysis: out of time, it is requeued" wait_for 600 grep -qs 'requeueing the job, the rest is done then' late/slurm-"$late".log
shard_files late >kept
check "some shards were there, not all" test 1 -le "$(wc -l <kept)" -a "$(wc -l <kept)" -lt 20
check "it ends well" wait_for 1200 job_is "$late" COMPLETED
echo "restarts: $(restarts "$late"), shards before the first: $(wc -l <kept)"
check "no instance died of the warning" bash -c '! grep -E "signal 10|crashed" "$1"' _ late/slurm-"$late".log
check_equal "each shard was drawn once" "$(printf '%05d.npz ' $(seq 0 19) | xargs)" "$(shards late/workers)"
check_equal "none of the first start again" "$(cat kept)" "$(shard_files late kept)"

queue_ends "processes by /proc" "$queue"
stop_slurm

# The same where Slurm holds a step's processes in a group, as most sites do.
if [ ! -d /sys/fs/cgroup/freezer ]; then
    skip "the walltime under proctrack/cgroup" "no freezer groups of version 1 are mounted here"
    summary
fi
SLURM_DAEMONS=()
export SLURM_PROCTRACK=cgroup
code=0
start_slurm "$T/slurm-groups" 1 || code=$?
check_equal "a Slurm that holds processes in groups" 0 "$code"
rm -rf q begun ended
queue=$(sbatch --parsable queue.sh)
in_group() { grep -qs "slurm.*job_$queue" "/proc/$(pgrep -f 'hlaunch queue task[s]' | tail -n 1)/cgroup"; }
check "a step in a group of its own" wait_for 60 in_group
queue_ends "processes in groups" "$queue"
summary
