#!/usr/bin/env bash
# Installs what is missing, builds, and runs the tests. The last line is `N passed, N failed[, N skipped]`.
# usage: bash tests/run.sh [--fast | --full | --sanitizers] [--only PATTERN]
#   --fast   the minute's worth: no lab (guests, schedulers), no MPI, no real homodyne, no long tests
#   --full   also the long runs of the real homodyne, bare Debian 12 and 13 (as root), long fuzzing and killing, and all that is run
#            without --full under the address, undefined-behaviour and thread sanitizers
#   --sanitizers  of --full that part alone
#   --only   only parts whose name (a path such as tests/scenario/resume_test.sh, or unit) contains PATTERN
# HLAUNCH_BUILD: the build folder (default: build). Exit: 0 all passed, 1 a test failed or none ran, 2 usage,
# 3 something could not be installed or built.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
repo=$PWD
for piece in common packages python venv build; do
    # shellcheck source=/dev/null
    . "tools/lib/$piece.sh"
done

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
export TESTS_JIT_CACHE=$logs/jit
passed=0 failed=0 skipped=0 unit_seconds=300 apart=
[ "$depth" != full ] || export FUZZ_SECONDS=600 FUZZ_TARGETS=all QUEUE_KILL_ROUNDS=1000 FAULTS_TORN_STEP=1

wanted() { [[ $1 == *"$only"* ]]; }

# report NAME SECONDS PASSED FAILED SKIPPED LOG
report() {
    passed=$((passed + $3)) failed=$((failed + $4)) skipped=$((skipped + $5))
    printf '%-48s %4d passed %3d failed %3d skipped %5d s\n' "$1" "$3" "$4" "$5" "$2"
    if [ "$4" != 0 ]; then
        sed 's/^/    | /' <(tail -n 60 "$6")
    elif [ "$5" != 0 ]; then
        grep '^skip ' "$6" | sed 's/^/    | /' || :
    fi
}

# Catch2's XML reporter counts test cases alike in versions 2 and 3; a program that crashes leaves no such line.
run_unit() { # run_unit BUILD LABEL
    local name program log start line good bad
    while IFS=$'\t' read -r name program; do
        wanted "unit $name" || continue
        log=$logs/unit.log start=$SECONDS
        (cd "$1" && timeout "$unit_seconds" "$program" -r xml) >"$log" 2>"$log.err" </dev/null || :
        line=$(grep -o '<OverallResultsCases [^>]*>' "$log" | tail -n 1) || line=
        good=$(sed -nE 's/.*successes="([0-9]+)".*/\1/p' <<<"$line")
        bad=$(sed -nE 's/.*failures="([0-9]+)".*/\1/p' <<<"$line")
        if [ -z "$line" ]; then
            cat "$log.err" >>"$log"
            good=0 bad=1
        elif [ "$bad" != 0 ]; then
            (cd "$1" && timeout "$unit_seconds" "$program" </dev/null) >"$log" 2>&1 || :
        elif [ -s "$log.err" ] && grep -q 'runtime error' "$log.err"; then
            cp "$log.err" "$log"
            bad=1
        fi
        report "$2$name" $((SECONDS - start)) "${good:-0}" "${bad:-1}" 0 "$log"
    done < <(meson introspect --tests "$1" | python3 -c '
import json, sys
for test in json.load(sys.stdin):
    if any(suite.split(":")[-1] == "fast" for suite in test["suite"]):
        print(test["name"], test["cmd"][0], sep="\t")')
}

# Any script: its ok / not ok / skip lines count; one without such lines counts as one test, by its exit code.
run_script() { # run_script PATH TIMEOUT_SECONDS
    wanted "$1" || return 0
    execute "$1" "$2"
    judge "$1" "$2"
}

# Those whose results do not depend on what runs beside them: each argument is a lane of scripts, one after the other.
run_lanes() { # run_lanes TIMEOUT_SECONDS "PATH..."...
    local limit=$1 lane script lanes=()
    shift
    for lane in "$@"; do
        (for script in $lane; do if wanted "$script"; then execute "$script" "$limit"; fi; done) &
        lanes+=($!)
    done
    for lane in "${lanes[@]}"; do wait "$lane"; done
    for lane in "$@"; do
        for script in $lane; do
            apart+=" $script "
            if wanted "$script"; then judge "$script" "$limit"; fi
        done
    done
}

execute() { # execute PATH TIMEOUT_SECONDS: its log, and how it ended beside it
    local log=$logs/${1##*/}.log start=$SECONDS code=0
    timeout -k 20 "$2" bash "$1" >"$log" 2>&1 </dev/null || code=$?
    echo "$code $((SECONDS - start))" >"$log.end"
}

judge() { # judge PATH TIMEOUT_SECONDS
    local log=$logs/${1##*/}.log code seconds good bad left
    read -r code seconds <"$log.end"
    good=$(grep -c '^ok ' "$log") || :
    bad=$(grep -c '^not ok ' "$log") || :
    left=$(grep -c '^skip ' "$log") || :
    if [ "$code" = 0 ] && [ $((good + bad + left)) = 0 ]; then
        good=1
    elif [ "$code" != 0 ] && [ "$bad" = 0 ]; then
        bad=1
        printf 'exit %s%s\n' "$code" "$([ "$code" = 124 ] && echo ", not finished after $2 s")" >>"$log"
    fi
    report "$1" "$seconds" "$good" "$bad" "$left" "$log"
}

run_scripts() { # run_scripts TIMEOUT_SECONDS FOLDER...
    local limit=$1 folder script
    shift
    for folder in "$@"; do
        for script in "$folder"/*_test.sh; do
            [ ! -f "$script" ] || [[ $apart == *" $script "* ]] || run_script "$script" "$limit"
        done
    done
}

start=$SECONDS
ensure_packages build
[ "$depth" = fast ] || ensure_packages test
# Only where they can be installed: elsewhere those tests are skipped and counted.
if [ "$depth" != fast ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    ensure_packages fuzz
    [ "$depth" != full ] || ensure_packages full
fi
printf '%-48s %43d s\n' "packages" $((SECONDS - start))

as_built() {
    local start=$SECONDS
    build_for_tests "$repo" "$build" all -Dwerror=true
    printf '%-48s %43d s\n' "build" $((SECONDS - start))
    export HLAUNCH_BUILD=$build
    run_unit "$build" "unit tests: "
    run_scripts 120 tests
    run_script tests/golden/run.sh 120
    run_scripts "$([ "$depth" = full ] && echo 1800 || echo 300)" tests/scenario
    [ "$depth" != fast ] || return 0
    run_scripts 600 tests/faults
    run_scripts 900 tests/lab tests/mpi
    with_homodyne
    [ "$depth" != full ] || run_scripts 5400 tests/bare
}

with_homodyne() {
    local script start=$SECONDS real=()
    for script in tests/real/*_test.sh; do
        if wanted "$script"; then real+=("$script"); fi
    done
    if [ ${#real[@]} = 0 ]; then
        run_script tests/fuzz/fuzz_test.sh 2400
    elif HOMODYNE_VENV=$(ensure_venv); then
        export HOMODYNE_VENV
        printf '%-48s %43d s\n' "environment with homodyne" $((SECONDS - start))
        # Mostly starts of Python, one after the other: there is a core left; so there is while Slurm waits.
        run_lanes 2400 tests/real/refusals_test.sh \
            "tests/fuzz/fuzz_test.sh $(printf 'tests/real/%s_test.sh ' check estimate config_xla model shim)"
        run_lanes 2400 tests/real/slurm_test.sh "$(printf 'tests/real/%s_test.sh ' cache_warm jit_cache merge)"
        run_scripts 2400 tests/real
        [ "$depth" != full ] || run_scripts 3600 tests/real/full
    else
        run_script tests/fuzz/fuzz_test.sh 2400
        for script in "${real[@]}"; do
            echo "skip $script: no Python >= 3.12 for homodyne on this machine" >"$logs/real.log"
            report "$script" 0 0 0 1 "$logs/real.log"
        done
    fi
}

under_sanitizers() {
    local sanitizers folder start unit_seconds=1800 apart=
    # A library that is loaded before the sanitizer's own (faketime) is no fault of ours.
    export ASAN_OPTIONS=verify_asan_link_order=0 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 TSAN_OPTIONS=halt_on_error=1 QUEUE_KILL_ROUNDS=50
    for sanitizers in address,undefined thread; do
        start=$SECONDS folder=$build-${sanitizers%%,*}
        # g++ 12 warns falsely inside its own <regex> under sanitizers: warnings are judged in the plain build.
        build_for_tests "$repo" "$folder" all -Dwerror=false -Doptimization=0 -Db_sanitize="$sanitizers" -Db_lundef=false
        printf '%-48s %43d s\n' "build with sanitizers: $sanitizers" $((SECONDS - start))
        export HLAUNCH_BUILD=$folder
        run_unit "$folder" "$sanitizers: "
        run_script tests/golden/run.sh 1800
        run_scripts 1800 tests/scenario tests/faults tests/lab
        # Open MPI, which is not built with them, leaves memory and takes locks in any order.
        ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 TSAN_OPTIONS=$TSAN_OPTIONS:ignore_noninstrumented_modules=1 run_scripts 1800 tests/mpi
        [ -z "${HOMODYNE_VENV:-}" ] || run_scripts 3600 tests/real
    done
}

[ "$depth" = sanitizers ] || as_built
case $depth in
full | sanitizers)
    if HOMODYNE_VENV=$(ensure_venv); then export HOMODYNE_VENV; else unset HOMODYNE_VENV; fi
    under_sanitizers
    ;;
esac

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
