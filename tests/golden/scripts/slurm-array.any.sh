#!/bin/bash
#SBATCH --job-name=hlaunch
#SBATCH --time=0-04:00:00
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=1
#SBATCH --array=0-2
#SBATCH --exclusive
#SBATCH --mem=0
#SBATCH --signal=B:USR1@300
#SBATCH --requeue
#SBATCH --output=/scratch/run/results/slurm-%A_%a.log
#SBATCH --open-mode=append
# Written by hlaunch VERSION (hlaunch script slurm-array). Each element is a worker of one run folder; what one of them
# leaves, another takes. A merge job belongs behind it (hlaunch submit slurm-array does both):
#   id=$(sbatch --parsable THIS_SCRIPT) && sbatch --dependency=afterany:"$id" MERGE_SCRIPT     (hlaunch script slurm-merge)
# afterany, not afterok: behind a failed element afterok would wait for ever. The merge itself looks who failed.
# Nodes: 'whole nodes, of whatever size the job finds'
set -u
cd /scratch/run || exit 3
hlaunch=/opt/bin/hlaunch
analysis=( --config /scratch/run/config.yaml --output /scratch/run/results --mode auto --app /opt/venv/bin/homodyne )
echo "hlaunch: job ${SLURM_ARRAY_JOB_ID:-?}_${SLURM_ARRAY_TASK_ID:-?} on ${SLURM_JOB_NODELIST:-?}, start $((${SLURM_RESTART_COUNT:-0} + 1))"

# In the background, so that the traps fire while it runs; waited for by its number, which gives its own exit status.
"$hlaunch" worker "${analysis[@]}" --lead 300s &
worker=$!
trap 'kill -USR1 "$worker" 2>/dev/null' USR1
trap 'kill -TERM "$worker" 2>/dev/null' TERM INT
status=0
wait "$worker" || status=$?
while kill -0 "$worker" 2>/dev/null; do
    status=0
    wait "$worker" || status=$?
done

# 138 is 128 + SIGUSR1: the walltime came near, the worker stopped in order, all it has drawn is kept.
if [ "$status" = 138 ]; then
    echo "hlaunch: out of time; requeueing the element, the rest is done then"
    if ! scontrol requeue "${SLURM_ARRAY_JOB_ID:-}_${SLURM_ARRAY_TASK_ID:-}"; then
        echo "hlaunch: the element could not be requeued; submit the same script again for the rest" >&2
        exit 3
    fi
fi
exit "$status"
