#!/bin/bash
#SBATCH --job-name=hlaunch
#SBATCH --account=xpcs
#SBATCH --time=0-01:30:00
#SBATCH --nodes=3
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=64
#SBATCH --mem=49152M
#SBATCH --signal=USR1@300
#SBATCH --requeue
#SBATCH --output=/scratch/run/results/slurm-%j.log
#SBATCH --open-mode=append
# Written by hlaunch VERSION (hlaunch script slurm). sbatch reads directives up to the first command, so they stand first.
# One analysis over all nodes of this job: a worker a node plans on what it finds there, takes its share of the shards, and
# binds its instances itself. The same script again, or a requeue, runs only what is missing.
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
echo "hlaunch: job ${SLURM_JOB_ID:-?} on ${SLURM_JOB_NODELIST:-?}, start $((${SLURM_RESTART_COUNT:-0} + 1))"

# Variables that srun reads, of whatever sbatch was called in (another job, a notebook): what the step gets is this job's.
unset SLURM_CPU_BIND SLURM_CPU_FREQ_REQ SLURM_DISTRIBUTION SLURM_EXACT SLURM_EXCLUSIVE SLURM_GRES SLURM_HINT SLURM_MEM_BIND SLURM_MEM_PER_CPU SLURM_MEM_PER_GPU SLURM_NTASKS_PER_CORE SLURM_NTASKS_PER_GPU SLURM_NTASKS_PER_SOCKET SLURM_OVERCOMMIT SLURM_OVERLAP SLURM_RELATIVE SLURM_THREADS_PER_CORE SLURM_TIMELIMIT
# The step sees this job's environment, the site's code included, whatever --export said at sbatch.
export SLURM_EXPORT_ENV=ALL
# Since Slurm 22.05 a step does not inherit --cpus-per-task from the job: it is told to srun, and to srun inside a step.
export SRUN_CPUS_PER_TASK=64
# ONE step for all nodes: several in the background would wait for each other. Nothing is bound by srun: what it gives to
# the one task of a node is the whole allocation there, which the worker cuts. A failed worker does not end the others.
srun --ntasks=3 --ntasks-per-node=1 --cpus-per-task=64 --cpu-bind=none --kill-on-bad-exit=0 --verbose \
    "$hlaunch" worker "${analysis[@]}" --stay --lead 300s --stagger 2 &
step=$!
# A trap waits for a command in the foreground; so the step is in the background, and waited for by its number.
trap 'kill -TERM "$step" 2>/dev/null' TERM INT
status=0
wait "$step" || status=$?
while kill -0 "$step" 2>/dev/null; do
    status=0
    wait "$step" || status=$?
done
trap - TERM INT

# 138 is 128 + SIGUSR1: the walltime came near (--signal in the directives), the workers stopped in order, all is kept.
if [ "$status" = 138 ]; then
    echo "hlaunch: out of time; requeueing the job, the rest is done then"
    if ! scontrol requeue "${SLURM_JOB_ID:-}"; then
        echo "hlaunch: the job could not be requeued; submit the same script again for the rest" >&2
        exit 3
    fi
    exit "$status"
fi
[ "$status" -lt 128 ] || exit "$status"
# Merges what all workers left, or tells which of them failed: its exit status is the job's.
"$hlaunch" run --merge-only "${analysis[@]}"
