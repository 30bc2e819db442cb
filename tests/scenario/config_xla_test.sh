#!/usr/bin/env bash
# hlaunch config-xla: the guide's block, the table of rules, and the files it keeps.
. "$(dirname "$0")/../lib.sh"
cd "$T"
mkdir home
clean=(env -u XLA_FLAGS -u OMP_NUM_THREADS -u OPENBLAS_NUM_THREADS -u MKL_NUM_THREADS -u VIRTUAL_ENV -u CONDA_PREFIX -u XDG_CONFIG_HOME HOME="$T/home")
config_xla() { "${clean[@]}" "$HLAUNCH" config-xla "$@"; }

check_equal "the guide's own example" "Detected CPU: 16 logical cores, 8 physical cores, 1 NUMA node
Recommended settings:
  XLA_FLAGS=--xla_cpu_multi_thread_eigen=false
  XLA_FLAGS+=--xla_force_host_platform_device_count=4
  OMP_NUM_THREADS=2
  OPENBLAS_NUM_THREADS=2" "$(config_xla --show --topology 'numa:1 core:8 pu:2')"

# A row: cores, mode, devices, OpenMP threads.
table() {
    local cores mode
    for cores in 1 4 8 16 32 36 128; do
        for mode in auto cmc cmc-hpc nlsq; do
            config_xla --json --mode $mode --topology "core:$cores pu:2" 2>/dev/null | python3 -c '
import json, sys
s = json.load(sys.stdin)["recommended"][0]
print(s["physical_cores"], s["mode"], s["devices"], s["environment"]["OMP_NUM_THREADS"], sep="\t")'
        done
    done
}
table >table.tsv
if [[ ${UPDATE:-} == 1 ]]; then cp table.tsv "$REPO/tests/golden/config-xla.tsv"; fi
check "cores x modes follow the rules" diff "$REPO/tests/golden/config-xla.tsv" table.tsv
check "a block for each placement" bash -c '[ "$(grep -c "^Detected CPU: 16 logical cores, 8 physical cores, 1 NUMA node" "$1")" = 2 ]' _ \
    <(config_xla --show --per numa --reserve-cores 0 --topology 'pack:2 [numa] core:8 pu:2')
check "homodyne's count of logical cores is told where it differs" grep -q "16 logical cores in mode auto and would take 6" \
    <(config_xla --show --topology 'core:8 pu:2' 2>&1 >/dev/null)

# Kept in files, twice the same.
check "--mode writes" config_xla --mode cmc
check_equal "homodyne's own file" cmc "$(cat home/.config/homodyne/xla_mode)"
cp -a home before
check "again" config_xla --mode cmc
check "changes nothing" diff -r before home
sourced() { "${clean[@]}" "$@" sh -c '. "$HOME/.homodyne_xla_config" && echo "$XLA_FLAGS|$OMP_NUM_THREADS|$OPENBLAS_NUM_THREADS|$MKL_NUM_THREADS"'; }
recommended=$(config_xla --show --mode cmc 2>/dev/null)
devices=$(sed -n 's/.*device_count=//p' <<<"$recommended")
threads=$(sed -n 's/.*OMP_NUM_THREADS=//p' <<<"$recommended")
check_equal "sourced by sh" "--xla_cpu_multi_thread_eigen=false --xla_force_host_platform_device_count=$devices|$threads|$threads|$threads" "$(sourced)"
check_equal "what is set stays" "--xla_force_host_platform_device_count=3 --xla_x=1 --xla_cpu_multi_thread_eigen=false|7|$threads|$threads" \
    "$(sourced XLA_FLAGS='--xla_force_host_platform_device_count=3 --xla_x=1' OMP_NUM_THREADS=7)"
check "and is told" grep -q "OMP_NUM_THREADS=7 is set already and stays" <("${clean[@]}" OMP_NUM_THREADS=7 "$HLAUNCH" config-xla --mode cmc 2>&1)
if command -v fish >/dev/null; then
    check_equal "sourced by fish" "--xla_force_host_platform_device_count=3 --xla_cpu_multi_thread_eigen=false|$threads" \
        "$("${clean[@]}" XLA_FLAGS=--xla_force_host_platform_device_count=3 fish -c 'source $HOME/.homodyne_xla_config.fish; echo "$XLA_FLAGS|$OMP_NUM_THREADS"')"
else
    skip "sourced by fish" "fish is not installed"
fi
check "--show tells the mode that is set" grep -q "set to mode cmc in $T/home/.config/homodyne/xla_mode" <(config_xla --show 2>&1)
check "--unset" config_xla --unset
check_equal "leaves no file" "" "$(find home -type f)"
check_equal "nothing left to unset" "nothing was set" "$(config_xla --unset)"
mkdir venv conda xdg
check "in a virtual environment" "${clean[@]}" VIRTUAL_ENV="$T/venv" CONDA_PREFIX="$T/conda" "$HLAUNCH" config-xla --mode nlsq
check "in a conda environment" "${clean[@]}" CONDA_PREFIX="$T/conda" XDG_CONFIG_HOME="$T/xdg" "$HLAUNCH" config-xla --mode auto
check "in XDG_CONFIG_HOME" "${clean[@]}" XDG_CONFIG_HOME="$T/xdg" "$HLAUNCH" config-xla --mode cmc-hpc
check_equal "each in its place" "nlsq auto cmc-hpc" "$(cat venv/etc/homodyne/xla_mode conda/etc/homodyne/xla_mode xdg/homodyne/xla_mode | xargs)"

# What is refused.
refuses() {
    local name=$1 pattern=$2
    shift 2
    check_exit "$name" 2 config_xla "$@"
    check "$name: says why" grep -q -e "$pattern" check.err
}
refuses "another machine's settings" "add --show" --mode cmc --topology 'core:8 pu:2'
refuses "a placement that is not there" "there are 2" --show --per numa --placement 2 --topology 'pack:2 [numa] core:8 pu:2'
refuses "--unset with a mode" "stands alone" --unset --mode cmc
refuses "an unknown mode" "warp" --mode warp
config_xla --unset >/dev/null
echo "export MINE=1" >home/.homodyne_xla_config
refuses "somebody's own file" "is not hlaunch's" --mode cmc
check_equal "which stays" "export MINE=1" "$(cat home/.homodyne_xla_config)"
check "and survives --unset" bash -c '"$@" >/dev/null && test -e home/.homodyne_xla_config' _ "${clean[@]}" "$HLAUNCH" config-xla --unset
rm home/.homodyne_xla_config
chmod a-w home
if [ "$(id -u)" != 0 ]; then
    check_exit "a home that cannot be written" 3 config_xla --mode cmc
fi
summary
