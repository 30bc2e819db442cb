#!/usr/bin/env bash
# Under an inherited affinity mask nothing outside it is ever planned. Skipped without taskset.
. "$(dirname "$0")/../lib.sh"
hlaunch=$HLAUNCH
command -v taskset >/dev/null || { skip affinity "taskset is missing"; summary; }

# The last CPU we may use: CPU 0 is where a program that ignores the mask lands.
allowed=$(taskset -cp $$ | sed 's/.*: //')
cpu=${allowed##*[,-]}

for options in "" "--per numa" "--per package" "--per l3" "--per machine" "--per cores:1" "--instances 1" \
    "--reserve-cores 0"; do
    # shellcheck disable=SC2086
    plan=$(taskset -c "$cpu" "$hlaunch" plan --json $options)
    cpus=$(grep -E '"(cpus|allowed_cpus)":' <<<"$plan" | sed 's/.*: "\(.*\)".*/\1/' | sort -u)
    check_equal "plan $options under taskset: no CPU but the one" "$cpu" "$cpus"
    check_equal "plan $options under taskset: one placement" 1 "$(grep -c '"index"' <<<"$plan")"
done
check_exit "two instances on one CPU are refused" 2 taskset -c "$cpu" "$hlaunch" plan --instances 2

# What another machine looks like does not depend on our mask.
check_equal "the mask does not cut a foreign topology" "$("$hlaunch" plan --json --topology 'core:4 pu:1')" \
    "$(taskset -c "$cpu" "$hlaunch" plan --json --topology 'core:4 pu:1')"
# hwloc told to look elsewhere: said to be foreign, so that nothing is run on it.
check_equal "HWLOC_SYNTHETIC does not pass for this machine" 1 \
    "$(HWLOC_SYNTHETIC='core:4 pu:1' "$hlaunch" topo --json | grep -c '"foreign": true')"
summary
