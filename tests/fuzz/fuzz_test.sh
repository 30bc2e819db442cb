#!/usr/bin/env bash
# Half a minute of fuzzing in all: every reader of files.
# Longer: bash tests/fuzz/run.sh 600
. "$(dirname "$0")/../lib.sh"
targets=()
for source in "$REPO"/tests/fuzz/*_fuzz.cpp; do targets+=("$(basename "$source" _fuzz.cpp)"); done
export HLAUNCH_FUZZ_BUILD=$BUILD-fuzz
# Without --full the same inputs each time, so that this tells of the change and not of chance, on the program's own libraries; the long
# runs try new ones, on instrumented libraries.
if [ -z "${FUZZ_SECONDS:-}" ]; then export FUZZ_SEED=1 FUZZ_LIBRARIES=$BUILD HLAUNCH_FUZZ_BUILD=$T/fuzz; fi
each=$(((${FUZZ_SECONDS:-24} + ${#targets[@]} - 1) / ${#targets[@]}))
code=0
bash "$REPO/tests/fuzz/build.sh" "$HLAUNCH_FUZZ_BUILD" 2>"$T/build.err" || code=$?
if [ "$code" = 4 ]; then
    skip "fuzzing of ${#targets[@]} readers" "$(tail -n 1 "$T/build.err")"
    summary
fi
check "the fuzz targets build" test "$code" = 0
[ "$code" = 0 ] || cat "$T/build.err" >&2
for name in "${targets[@]}"; do
    if [ "$code" = 0 ]; then check "$each s of fuzzing: $name" bash "$REPO/tests/fuzz/run.sh" "$each" "$name"; fi
done
summary
