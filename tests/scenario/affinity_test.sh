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
# Launchers set hwloc's variables for the programs of a job (Flux: HWLOC_XMLFILE); it is this machine all the same.
machine() { "$hlaunch" topo --json | grep -E '"(name|foreign|online_cpus|allowed_cpus)":'; }
here=$(machine)
for variable in "HWLOC_SYNTHETIC=core:4 pu:1" "HWLOC_XMLFILE=$REPO/tests/data/topologies/cpuless.xml" HWLOC_XMLFILE=/nowhere.xml \
    HWLOC_FSROOT=/nowhere HWLOC_COMPONENTS=synthetic,stop HWLOC_COMPONENTS=-linux HWLOC_THISSYSTEM=0 HWLOC_DEBUG_CHECK=1; do
    check_equal "${variable%%=*}=... does not pass for this machine" "$here" "$(env "$variable" bash -c "$(declare -f machine); hlaunch='$hlaunch'; machine")"
    check_equal "and what is started has it" "${variable#*=}" "$(env "$variable" "$hlaunch" run --per machine -- sh -c "echo \"\$${variable%%=*}\"")"
done
check "HWLOC_COMPONENTS does not spoil --topology" env HWLOC_COMPONENTS=-xml,-synthetic "$hlaunch" topo --topology "$REPO/tests/data/topologies/cpuless.xml"
# XML of a newer hwloc than the one here.
xml=$REPO/tests/data/topologies/hwloc3.xml
"$hlaunch" plan --per numa --topology "$xml" >"$T/newer" 2>"$T/newer.err"
check "hwloc 3's XML is read as far as it can be" grep -q "1 package, 2 NUMA nodes, 4 cores, 4 CPUs, 5.7 GiB" "$T/newer"
check_equal "and nothing else is said" "" "$(cat "$T/newer.err")"
if [ "$(pkg-config --modversion hwloc 2>/dev/null | cut -d. -f1)" = 2 ]; then
    check "with a word that it is too new" grep -q "hwloc3.xml (of hwloc 3.0, too new: read as 2.0)" "$T/newer"
fi
sed '/<object/d; s/version="3.0"/version="41.7"/' "$xml" >"$T/future.xml"
check_exit "what cannot be read of it is refused" 2 "$hlaunch" plan --topology "$T/future.xml"
check "as too new, with the remedy" grep -q "'future.xml' is of hwloc 41.7, too new for the hwloc here; write it with: lstopo --export-xml-flags v2 X.xml" "$T/check.err"
sed 's/version="3.0"/version="x"/' "$xml" >"$T/odd.xml"
check_exit "an odd version is no version" 2 "$hlaunch" plan --topology "$T/odd.xml"
summary
