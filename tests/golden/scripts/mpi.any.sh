#!/bin/bash
# Written by hlaunch VERSION (hlaunch script mpi). One worker a node plans on what it finds there and binds its instances
# itself. The same script again runs only what is missing.
# Nodes: 'the nodes that mpirun finds, whatever their size'
set -u
cd /scratch/run || exit 3
hlaunch=/opt/bin/hlaunch
analysis=( --config /scratch/run/config.yaml --output /scratch/run/results --mode auto --app /opt/venv/bin/homodyne )

# A node that is gone without a word is known in seconds; by itself mpirun waits for minutes.
export OMPI_MCA_oob_tcp_keepalive_time=10 OMPI_MCA_oob_tcp_keepalive_intvl=5 OMPI_MCA_oob_tcp_keepalive_probes=3
# --bind-to none: by default mpirun would bind each worker, and all it starts, to one core.
mpirun --map-by ppr:1:node --bind-to none \
    "$hlaunch" worker "${analysis[@]}" --stay &
workers=$!
trap 'kill -TERM "$workers" 2>/dev/null' TERM INT HUP
status=0
wait "$workers" || status=$?
while kill -0 "$workers" 2>/dev/null; do
    status=0
    wait "$workers" || status=$?
done
[ "$status" -lt 128 ] || exit "$status"
"$hlaunch" run --merge-only "${analysis[@]}"
