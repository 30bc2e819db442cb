#!/bin/bash
#SBATCH --job-name=hlaunch
#SBATCH --account=xpcs
#SBATCH --time=0-01:30:00
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=64
#SBATCH --mem-per-cpu=768M
#SBATCH --requeue
#SBATCH --output=/scratch/run/results/slurm-%j.log
#SBATCH --open-mode=append
# Written by hlaunch VERSION (hlaunch script slurm-merge): merges what the workers of a run left, or tells which failed.
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
exec /opt/bin/hlaunch run --merge-only --config /scratch/run/config.yaml --output /scratch/run/results --mode auto --app /opt/venv/bin/homodyne
