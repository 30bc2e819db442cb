#!/bin/bash
# What hlaunch costs beside its peers, as ratios; the goals are `exec` at most 1.5 times numactl's CPU time and
# `plan` (without config) below hwloc-bind's. Nothing is asserted: times depend on the machine.
#   exec_bench.sh BUILD_FOLDER [BATCHES]
# Peers that are not installed are left out. Debian: numactl hwloc-nox; valgrind for instruction counts.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
hlaunch=$(realpath "${1:?usage: exec_bench.sh BUILD_FOLDER [BATCHES]}/hlaunch")
batches=${2:-25}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${CXX:-c++}" -std=c++20 -O2 -o "$work/launch_cost" "$here/launch_cost.cpp"

have() { command -v "$1" >/dev/null || { echo "left out: $1 is not installed"; return 1; }; }
cpus=$(sed -n 's/^Cpus_allowed_list:\t//p' /proc/self/status)
mems=$(sed -n 's/^Mems_allowed_list:\t//p' /proc/self/status)
node=${mems%%[-,]*}

echo "== exec: CPU time up to the end of 'true' =="
commands=()
! have numactl || commands+=("numactl --physcpubind=$cpus --membind=$node true" "numactl --cpunodebind=$node --membind=$node true")
commands+=("$hlaunch exec --cpus $cpus --mems $node -- true" "$hlaunch exec --cpus $cpus -- true" "env true" "true")
! have hwloc-bind || commands+=("hwloc-bind --cpubind node:0 --membind node:0 -- true")
"$work/launch_cost" "$batches" 20 "${commands[@]}"

if "$hlaunch" plan --help 2>/dev/null | grep -q -e --per; then
  echo "== plan without a config, beside hwloc-bind =="
  commands=()
  ! have hwloc-bind || commands+=("hwloc-bind --cpubind node:0 --membind node:0 -- true")
  commands+=("$hlaunch plan --json" "$hlaunch plan")
  "$work/launch_cost" "$batches" 5 "${commands[@]}"
else
  echo "left out: this build has no 'plan'"
fi

# A command that does not exist ends in the launcher itself, whose instructions valgrind then counts.
if have valgrind; then
  echo "== instructions in user space up to exec, the dynamic linker's included =="
  instructions() {
    { valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>&1 || true; } |
      sed -n "s/.*Collected : \([0-9]*\).*/\1  $(basename "$1")/p"
  }
  instructions "$hlaunch" exec --cpus "$cpus" --mems "$node" -- /no-such-command
  ! have numactl || instructions "$(command -v numactl)" --cpunodebind="$node" --membind="$node" /no-such-command
  ! have hwloc-bind || instructions "$(command -v hwloc-bind)" --cpubind node:0 --membind node:0 -- /no-such-command
fi
