#!/bin/bash
#PBS -N hlaunch
#PBS -A xpcs
#PBS -l select=3:ncpus=64:mpiprocs=1:mem=49152mb
#PBS -l place=scatter
#PBS -l walltime=01:30:00
#PBS -r y
#PBS -j oe
#PBS -o /scratch/run/results/
# Written by hlaunch VERSION (hlaunch script pbs). One worker a node plans on what it finds there and binds its
# instances itself. The same script again runs only what is missing.
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
echo "hlaunch: job ${PBS_JOBID:-?} on $(sort -u "${PBS_NODEFILE:-/dev/null}" | xargs)"

# A node that is gone without a word is known in seconds; by itself mpirun waits for minutes.
export OMPI_MCA_oob_tcp_keepalive_time=10 OMPI_MCA_oob_tcp_keepalive_intvl=5 OMPI_MCA_oob_tcp_keepalive_probes=3
# --bind-to none: by default mpirun would bind each worker, and all it starts, to one core.
mpirun --hostfile "${PBS_NODEFILE:-/dev/null}" --map-by ppr:1:node --bind-to none -x OMP_PROC_BIND --verbose \
    "$hlaunch" worker "${analysis[@]}" --stay --job "pbs-${PBS_JOBID:-by-hand}" --stagger 2 &
workers=$!
# PBS sends TERM before it kills: mpirun hands it on, the workers stop in order.
trap 'kill -TERM "$workers" 2>/dev/null' TERM INT
status=0
wait "$workers" || status=$?
while kill -0 "$workers" 2>/dev/null; do
    status=0
    wait "$workers" || status=$?
done
[ "$status" -lt 128 ] || exit "$status"
"$hlaunch" run --merge-only "${analysis[@]}"
