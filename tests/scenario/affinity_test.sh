#!/usr/bin/env bash
# Under an inherited affinity mask nothing outside it is ever planned. Skipped (exit 77) without taskset.
#   tests/scenario/affinity_test.sh BUILD/hlaunch
set -euo pipefail
hlaunch=${1:?usage: affinity_test.sh HLAUNCH}
command -v taskset >/dev/null || { echo "taskset is missing: skipped"; exit 77; }

fail() { echo "FAILED: $1"; exit 1; }
# The last CPU we may use: CPU 0 is where a program that ignores the mask lands.
allowed=$(taskset -cp $$ | sed 's/.*: //')
cpu=${allowed##*[,-]}

for options in "" "--per numa" "--per package" "--per l3" "--per machine" "--per cores:1" "--instances 1" \
    "--reserve-cores 0"; do
    # shellcheck disable=SC2086
    plan=$(taskset -c "$cpu" "$hlaunch" plan --json $options)
    cpus=$(grep -E '"(cpus|allowed_cpus)":' <<<"$plan" | sed 's/.*: "\(.*\)".*/\1/' | sort -u)
    [[ $cpus == "$cpu" ]] || fail "plan $options under taskset -c $cpu plans CPUs $cpus"
    [[ $(grep -c '"index"' <<<"$plan") == 1 ]] || fail "plan $options makes more than one placement"
done
taskset -c "$cpu" "$hlaunch" plan --instances 2 2>/dev/null && fail "2 instances on one CPU are planned"

# What another machine looks like does not depend on our mask.
[[ $(taskset -c "$cpu" "$hlaunch" plan --json --topology 'core:4 pu:1') == \
    "$("$hlaunch" plan --json --topology 'core:4 pu:1')" ]] || fail "the mask cuts a foreign topology"
# hwloc told to look elsewhere: said to be foreign, so that nothing is run on it.
HWLOC_SYNTHETIC='core:4 pu:1' "$hlaunch" topo --json | grep -q '"foreign": true' ||
    fail "HWLOC_SYNTHETIC passes for this machine"
echo "only CPU $cpu is planned under taskset -c $cpu"
