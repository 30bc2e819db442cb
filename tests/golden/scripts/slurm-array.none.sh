#!/bin/bash
#SBATCH --job-name=hlaunch
#SBATCH --account=xpcs
#SBATCH --time=0-01:30:00
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=64
#SBATCH --array=0-2
#SBATCH --signal=B:USR1@300
#SBATCH --requeue
#SBATCH --output=/scratch/run/results/slurm-%A_%a.log
#SBATCH --open-mode=append
# Written by hlaunch VERSION (hlaunch script slurm-array). Each element is a worker of one run folder; what one of them
# leaves, another takes. A merge job belongs behind it (hlaunch submit slurm-array does both):
#   id=$(sbatch --parsable THIS_SCRIPT) && sbatch --dependency=afterany:"$id" MERGE_SCRIPT     (hlaunch script slurm-merge)
# afterany, not afterok: behind a failed element afterok would wait for ever. The merge itself looks who failed.
# Nodes: 'the node of --topology, pack:2 [numa(memory=64GB)] core:16 pu:2: 2 packages, 2 NUMA nodes, 32 cores, 64 CPUs, 119.2 GiB'
# The site's own code runs as it would at a prompt. Where one of its commands fails, the job ends: what follows would run with
# another Python, or without its data. `... || :` behind a command says that it may fail.
loaded=${LOADEDMODULES:-}
# Some kinds of modules fail with status 0: what is loaded is in the list.
if ! module load gcc/12 || ! [[ -z ${LOADEDMODULES+set} || $LOADEDMODULES != "$loaded" || :$loaded: == *:gcc/12[:/]* ]]; then
    echo "hlaunch: module" gcc/12 "could not be loaded" >&2
    exit 3
fi
set -u
export OMP_PROC_BIND=false
cd /scratch/run || exit 3
hlaunch=/opt/bin/hlaunch
analysis=( --config /scratch/run/config.yaml --output /scratch/run/results --mode auto --app /opt/venv/bin/homodyne )
echo "hlaunch: job ${SLURM_ARRAY_JOB_ID:-?}_${SLURM_ARRAY_TASK_ID:-?} on ${SLURM_JOB_NODELIST:-?}, start $((${SLURM_RESTART_COUNT:-0} + 1))"

# In the background, so that the traps fire while it runs; waited for by its number, which gives its own exit status.
"$hlaunch" worker "${analysis[@]}" --lead 300s --stagger 2 &
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
