#!/usr/bin/env bash
# Less than a minute of fuzzing in all: the journal and what reads configs and settings. FUZZ_TARGETS=all: every reader of files.
# Longer: bash tests/fuzz/run.sh 600
. "$(dirname "$0")/../lib.sh"
targets=(journal config settings tasks)
if [ "${FUZZ_TARGETS:-}" = all ]; then
    targets=()
    for source in "$REPO"/tests/fuzz/*_fuzz.cpp; do targets+=("$(basename "$source" _fuzz.cpp)"); done
fi
# The same inputs each time, so that this tells of the change and not of chance; the long runs try new ones.
# Most of the time goes into building them: not optimised it is less than half of it.
[ "${FUZZ_TARGETS:-}" = all ] || export FUZZ_SEED=1 FUZZ_OPTIMIZATION=0
each=$(((${FUZZ_SECONDS:-24} + ${#targets[@]} - 1) / ${#targets[@]}))
export HLAUNCH_FUZZ_BUILD=$BUILD-fuzz
code=0
bash "$REPO/tests/fuzz/build.sh" "$HLAUNCH_FUZZ_BUILD" "${targets[@]}" 2>"$T/build.err" || code=$?
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
