#!/usr/bin/env bash
# Installs what is missing, builds, and runs the tests. The last line is `N passed, N failed[, N skipped]`.
# usage: bash tests/run.sh [--fast | --full | --sanitizers] [--only PATTERN]
#   --fast   the minute's worth: no lab (guests, schedulers), no MPI, no real homodyne, no long tests
#   --full   also the long runs of the real homodyne, bare Debian 12 and 13 (as root), long fuzzing and killing, and all that is run
#            without --full under the address, undefined-behaviour and thread sanitizers
#   --sanitizers  of --full that part alone
#   --only   only parts whose name (a path such as tests/scenario/queue_test.sh, or unit) contains PATTERN
# HLAUNCH_BUILD: the build folder (default: build). Exit: 0 all passed, 1 a test failed or none ran, 2 usage,
# 3 something could not be installed or built.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
repo=$PWD
for piece in common packages python venv build; do
    # shellcheck source=/dev/null
    . "tools/lib/$piece.sh"
done
# shellcheck source=tests/lanes.sh
. tests/lanes.sh

depth=normal only=
while [ $# -gt 0 ]; do
    case $1 in
    --fast | --full | --sanitizers) depth=${1#--} ;;
    --only)
        [ $# -ge 2 ] || die 2 "--only needs a pattern"
        only=$2
        shift
        ;;
    *) die 2 "unknown argument '$1': usage: bash tests/run.sh [--fast | --full | --sanitizers] [--only PATTERN]" ;;
    esac
    shift
done

build=${HLAUNCH_BUILD:-$repo/build}
logs=$(mktemp -d "${TMPDIR:-/tmp}/hlaunch-run.XXXXXX")
trap 'rm -rf "$logs"' EXIT
export TESTS_JIT_CACHE=$logs/jit TESTS_TEMPLATES=$logs
: >"$logs/sums"
JOBS_FOLDER=$repo
# Two lanes more than cores: many tests mostly wait, and with one more a sixth of two cores was idle. None may depend on what runs beside it.
lanes=$(($(nproc) < 2 ? 2 : $(nproc) < 7 ? $(nproc) + 2 : 8))
[ "$depth" != full ] || export FUZZ_SECONDS=600 QUEUE_KILL_ROUNDS=1000 FAULTS_TORN_STEP=1

[ "$depth" = fast ] || export SUBMISSION_SEQUENCES=100

wanted() { [[ $1 == *"$only"* ]]; }
step_took() { printf '%-48s %43d s\n' "$1" $((SECONDS - $2)); }
built() { grep -q "^build $1:" "$build/build.ninja"; }

# scripts LIMIT PATH...: those that are wanted become jobs. What uses more of the build folder than hlaunch waits for that.
scripts() {
    local limit=$1 script need
    shift
    for script in "$@"; do
        if [ ! -f "$script" ] || ! wanted "$script" || [[ " ${JOB_NAMES[*]-} " == *" $script "* ]]; then continue; fi
        need=
        if [[ $script != tests/fuzz/* ]] && grep -qE 'BUILD\b|lab/lib\.sh' "$script"; then need=tests; fi
        job script "$script" "$limit" "$need"
    done
}

# units LABEL LIMIT: the unit test programs of the build folder.
units() {
    local name program
    while IFS=$'\t' read -r name program; do
        if wanted "unit $name"; then job unit "$1$name" "$2" tests "$program"; fi
    done < <(meson introspect --tests "$build" | python3 -c '
import json, sys
for test in json.load(sys.stdin):
    if any(suite.split(":")[-1] == "fast" for suite in test["suite"]):
        print(test["name"], test["cmd"][0], sep="\t")')
}

# The programs of the tests, while scripts that need only hlaunch run already.
make_tests() {
    local start=$SECONDS
    TERM=dumb compile_project "$build" all # beside the lines of others
    step_took "build of the tests" "$start"
}

# run_wanted: all jobs, and before them what they need.
run_wanted() {
    if [[ " ${JOB_NEEDS[*]-} " == *" tests "* ]]; then
        # First in the list.
        JOB_KINDS=(make "${JOB_KINDS[@]}") JOB_NAMES=(tests "${JOB_NAMES[@]}") JOB_LIMITS=(0 "${JOB_LIMITS[@]}") JOB_NEEDS=("" "${JOB_NEEDS[@]}")
        JOB_PROGRAMS=(make_tests "${JOB_PROGRAMS[@]}")
    fi
    [ ${#JOB_NAMES[@]} = 0 ] || run_jobs "$lanes" || exit 3
}

start=$SECONDS
ensure_packages build
[ "$depth" = fast ] || ensure_packages test
# Only where they can be installed: elsewhere those tests are skipped and counted.
if [ "$depth" != fast ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    ensure_packages fuzz
    [ "$depth" != full ] || ensure_packages full
fi
step_took "packages" "$start"

# The real homodyne's environment; where it cannot be had its tests are skipped and counted.
find_homodyne() {
    local start=$SECONDS script real=()
    for script in tests/real/*_test.sh; do
        if wanted "$script"; then real+=("$script"); fi
    done
    [ ${#real[@]} != 0 ] || return 0
    if HOMODYNE_VENV=$(ensure_venv); then
        export HOMODYNE_VENV
        step_took "environment with homodyne" "$start"
        return 0
    fi
    unset HOMODYNE_VENV
    for script in "${real[@]}"; do
        echo "skip $script: no Python >= 3.12 for homodyne on this machine" >"$logs/real.log"
        report "$script" 0 0 0 0 1 "$logs/real.log"
    done
}

build_program() {
    local start=$SECONDS
    configure_project "$repo" "$build" "$@"
    compile_project "$build" "hlaunch$(! built hlaunch-mpi || echo " hlaunch-mpi")"
    export HLAUNCH_BUILD=$build
    step_took "build of hlaunch" "$start"
}

as_built() {
    build_program "${UNITY[@]}"
    if [ "$depth" != fast ]; then
        find_homodyne
        # The longest first.
        [ -z "${HOMODYNE_VENV:-}" ] || scripts 3600 tests/real/{sizes,slurm,campaign,main_job,refusals}_test.sh
        scripts 3600 tests/fuzz/fuzz_test.sh tests/mpi/*_test.sh
        [ -z "${HOMODYNE_VENV:-}" ] || scripts 3600 tests/real/*_test.sh
        scripts 3600 tests/lab/*_test.sh tests/faults/*_test.sh
    fi
    scripts 1800 tests/scenario/*_test.sh tests/golden/run.sh tests/*_test.sh
    units "unit tests: " 900
    run_wanted
    [ "$depth" = full ] || return 0
    # One after the other: each takes the whole machine.
    lanes=1
    [ -z "${HOMODYNE_VENV:-}" ] || scripts 5400 tests/real/full/*_test.sh
    scripts 5400 tests/bare/*_test.sh
    run_wanted
}

# Each file by itself, without precompiled headers: what includes too little is not found otherwise.
as_plain() {
    local start=$SECONDS
    [ -z "$only" ] || return 0
    build_project "$repo" "$build-plain" all -Dunity=off -Db_pch=false -Doptimization=0
    step_took "build of each file by itself" "$start"
}

under_sanitizers() {
    local sanitizers plain=$build
    # A library that is loaded before the sanitizer's own (faketime) is no fault of ours.
    export ASAN_OPTIONS=verify_asan_link_order=0 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 TSAN_OPTIONS=halt_on_error=1 QUEUE_KILL_ROUNDS=50
    for sanitizers in address,undefined thread; do
        build=$plain-${sanitizers%%,*}
        # g++ 12 warns falsely inside its own <regex> under sanitizers: warnings are judged in the plain build.
        build_program "${UNITY[@]}" -Dwerror=false -Doptimization=0 -Db_sanitize="$sanitizers" -Db_lundef=false
        lanes=2
        [ -z "${HOMODYNE_VENV:-}" ] || scripts 5400 tests/real/*_test.sh
        scripts 3600 tests/lab/*_test.sh tests/faults/*_test.sh tests/scenario/*_test.sh tests/golden/run.sh
        units "$sanitizers: " 3600
        run_wanted
        # Open MPI, which is not built with them, leaves memory and takes locks in any order.
        scripts 3600 tests/mpi/*_test.sh
        ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 TSAN_OPTIONS=$TSAN_OPTIONS:ignore_noninstrumented_modules=1 run_wanted
    done
}

[ "$depth" = sanitizers ] || as_built
case $depth in
full | sanitizers)
    [ "$depth" = sanitizers ] || as_plain
    if HOMODYNE_VENV=$(ensure_venv); then export HOMODYNE_VENV; else unset HOMODYNE_VENV; fi
    under_sanitizers
    ;;
esac

read -r passed failed skipped < <(awk '{ p += $1; f += $2; s += $3 } END { print p + 0, f + 0, s + 0 }' "$logs/sums")
if [ $((passed + failed)) = 0 ]; then
    say "no test ran"
    failed=1
fi
if [ "$skipped" = 0 ]; then
    printf '%d passed, %d failed\n' "$passed" "$failed"
else
    printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
fi
[ "$failed" = 0 ]
