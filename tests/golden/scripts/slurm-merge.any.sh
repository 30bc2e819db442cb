#!/bin/bash
#SBATCH --job-name=hlaunch
#SBATCH --time=0-04:00:00
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=1
#SBATCH --exclusive
#SBATCH --mem=0
#SBATCH --requeue
#SBATCH --output=/scratch/run/results/slurm-%j.log
#SBATCH --open-mode=append
# Written by hlaunch VERSION (hlaunch script slurm-merge): merges what the workers of a run left, or tells which failed.
# Nodes: 'whole nodes, of whatever size the job finds'
set -u
cd /scratch/run || exit 3
exec /opt/bin/hlaunch run --merge-only --config /scratch/run/config.yaml --output /scratch/run/results --mode auto --app /opt/venv/bin/homodyne
