#!/usr/bin/env bash
# Runs the fuzz targets one after the other, so many seconds each. usage: bash tests/fuzz/run.sh SECONDS [TARGET...]
#   bash tests/fuzz/run.sh 600            ten minutes each: the nightly length
# One line a target with the inputs tried; a finding is kept in build-fuzz/findings/TARGET and shown. What covers more
# than the seeds is kept in build-fuzz/corpus/TARGET for the next time. HLAUNCH_FUZZ_BUILD: another build folder. FUZZ_SEED:
# the inputs are tried in the order that it gives.
# Exit: 0 nothing found, 1 a finding, 2 usage, 3 not built, 4 no fuzzer here.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if ! [[ ${1:-} =~ ^[1-9][0-9]*$ ]]; then
    echo "usage: bash tests/fuzz/run.sh SECONDS [TARGET...]" >&2
    exit 2
fi
seconds=$1
shift
build=${HLAUNCH_FUZZ_BUILD:-$(cd "$here/../.." && pwd)/build-fuzz}
if [ $# = 0 ]; then
    for source in "$here"/*_fuzz.cpp; do
        set -- "$@" "$(basename "$source" _fuzz.cpp)"
    done
fi
bash "$here/build.sh" "$build" "$@"

found=0
for target in "$@"; do
    program=$build/tests/fuzz/fuzz_$target corpus=$build/corpus/$target findings=$build/findings/$target
    if ! [ -x "$program" ]; then
        echo "there is no target $target" >&2
        exit 2
    fi
    mkdir -p "$corpus" "$findings"
    log=$findings/log code=0
    ASAN_OPTIONS=allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 \
        "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=4096 -detect_leaks=0 \
        ${FUZZ_SEED:+-seed=$FUZZ_SEED} -print_final_stats=1 -artifact_prefix="$findings/" "$corpus" "$here/corpus/$target" >"$log" 2>&1 || code=$?
    tried=$(sed -nE 's/^stat::number_of_executed_units: *([0-9]+)$/\1/p' "$log")
    if [ "$code" = 0 ]; then
        printf '%-10s %10s inputs, nothing found\n' "$target" "${tried:-0}"
    else
        found=1
        printf '%-10s %10s inputs, a FINDING (exit %s): %s\n' "$target" "${tried:-?}" "$code" \
            "$(grep -m 1 -E 'SUMMARY|finding:|ERROR: libFuzzer|terminate called' "$log" || tail -n 1 "$log")"
        sed 's/^/    | /' <(tail -n 40 "$log") >&2
    fi
done
exit "$found"
