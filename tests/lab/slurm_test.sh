#!/bin/bash
# A real Slurm that binds its tasks (task/affinity) in a guest of two NUMA nodes: hlaunch stays inside what a task was given,
# and its pages are on the nodes of those CPUs. Debian packages: those of numa_test.sh, slurm-wlm, munge.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
guest_slurm "Slurm's task/affinity in a guest"

guest two 9 <<CHECKS
$guest_slurm
$(cat <<'INSIDE'
# As the emitted scripts start a worker: one task, so many CPUs, nothing bound by srun.
task() { cpus=$1; shift; timeout 600 srun --ntasks=1 --cpus-per-task="$cpus" --cpu-bind=none "$@"; }
# What part NUMBER of a run in such a task says of itself.
part() { cp "/tmp/out/parts/00$1/stdout.log" /tmp/said 2>/dev/null || echo none >/tmp/said; }
run() { rm -rf /tmp/out; task "$1" hlaunch run --per numa --reserve-cores 0 --output /tmp/out -- lab_probe 16 >/dev/null 2>/tmp/refusal || cat /tmp/refusal /slurm/*.log; }

run 2
part 0;                            expect "slurm: half a node: its CPUs, its memory" "cpus 0-1" "mode 2" "nodes 1" "pages N0 4096"
part 1;                            expect "slurm: and no more instances" "none"
task 2 sh -c 'echo >/tmp/held; until [ -e /tmp/free ]; do sleep 0.2; done' &
holder=$!
until [ -e /tmp/held ]; do sleep 0.2; done
run 2
part 0;                            expect "slurm: the other half, while a job has the first" "cpus 2-3" "mode 2" "nodes 2" "pages N1 4096"
part 1;                            expect "slurm: and no more instances there" "none"
task 2 hlaunch exec --cpus 0-1 --mems 0 -- lab_probe 16 >/tmp/refusal 2>&1
{ echo "exit $?"; grep -c . /tmp/refusal; } >/tmp/said; expect "slurm: CPUs of another job are refused" "exit 3"
touch /tmp/free; wait $holder
run 4
part 0;                            expect "slurm: a whole node: one instance a NUMA node (0)" "cpus 0-1" "nodes 1" "pages N0 4096"
part 1;                            expect "slurm: a whole node: one instance a NUMA node (1)" "cpus 2-3" "nodes 2" "pages N1 4096"
run 3
part 0;                            expect "slurm: three cores: two here" "cpus 0-1" "pages N0 4096"
part 1;                            expect "slurm: three cores: one there" "cpus 2" "pages N1 4096"
INSIDE
)
CHECKS
summary
