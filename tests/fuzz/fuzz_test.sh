#!/usr/bin/env bash
# A minute of fuzzing in all, shared among the targets. Longer: bash tests/fuzz/run.sh 600
. "$(dirname "$0")/../lib.sh"
total=${FUZZ_SECONDS:-60}
sources=("$REPO"/tests/fuzz/*_fuzz.cpp)
each=$(((total + ${#sources[@]} - 1) / ${#sources[@]}))
export HLAUNCH_FUZZ_BUILD=$BUILD-fuzz
code=0
bash "$REPO/tests/fuzz/build.sh" "$HLAUNCH_FUZZ_BUILD" 2>"$T/build.err" || code=$?
if [ "$code" = 4 ]; then
    skip "fuzzing of ${#sources[@]} readers" "$(tail -n 1 "$T/build.err")"
    summary
fi
check "the fuzz targets build" test "$code" = 0
[ "$code" = 0 ] || cat "$T/build.err" >&2
for source in "${sources[@]}"; do
    name=$(basename "$source" _fuzz.cpp)
    if [ "$code" = 0 ]; then check "$each s of fuzzing: $name" bash "$REPO/tests/fuzz/run.sh" "$each" "$name"; fi
done
summary
