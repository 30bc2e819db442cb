#!/usr/bin/env bash
# Builds the fuzz targets with clang++, libFuzzer and the address and undefined-behaviour sanitizers; the project's
# compiler stays g++. usage: bash tests/fuzz/build.sh [BUILD [TARGET...]]   (default: build-fuzz, all targets)
# FUZZ_LIBRARIES=FOLDER: the readers themselves are those of that build folder of the program, whose branches the fuzzer does not see; building
# takes seconds. The inputs are the seeds and changes of them, and memory errors are seen at the edges of the allocations.
# Exit: 0 built, 3 not built, 4 no clang++ with a fuzzer runtime here.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
for piece in common build; do
    # shellcheck source=/dev/null
    . "tools/lib/$piece.sh"
done
build=${1:-$PWD/build-fuzz}
[ $# = 0 ] || shift

try=$(mktemp -d)
trap 'rm -rf "$try"' EXIT
echo 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }' >"$try/try.cpp"
if ! clang++ -fsanitize=fuzzer,address,undefined "$try/try.cpp" -o "$try/try" >"$try/log" 2>&1; then
    echo "no clang++ with libFuzzer here: $(tail -n 1 "$try/log")" >&2
    exit 4
fi
# Names of the targets, all of them where none is given.
names=("$@")
if [ ${#names[@]} = 0 ]; then
    for source in tests/fuzz/*_fuzz.cpp; do names+=("$(basename "$source" _fuzz.cpp)"); done
fi

if [ -n "${FUZZ_LIBRARIES:-}" ]; then
    mkdir -p "$build/tests/fuzz"
    mapfile -t archives < <(find "$FUZZ_LIBRARIES/src" -name 'lib*.a')
    read -ra flags <<<"$(pkg-config --cflags --libs eigen3 fmt yaml-cpp libxxhash zlib)"
    for name in "${names[@]}"; do
        sources=("tests/fuzz/${name}_fuzz.cpp")
        # The one reader that is in no library.
        [ "$name" != settings ] || sources+=(src/cli/options/settings.cpp)
        if [ "$build/tests/fuzz/fuzz_$name" -nt "$FUZZ_LIBRARIES/hlaunch" ] && [ "$build/tests/fuzz/fuzz_$name" -nt "${sources[0]}" ]; then continue; fi
        clang++ -std=c++20 -w -g1 -fsanitize=fuzzer,address -Isrc "${sources[@]}" -o "$build/tests/fuzz/fuzz_$name" \
            -Wl,--start-group "${archives[@]}" -Wl,--end-group "${flags[@]}" -ldl -pthread || exit 3
    done
    exit 0
fi

# ccache first where it is there, as meson does for g++.
CXX="$(command -v ccache || :) clang++"
export CXX=${CXX# }
build_project "$PWD" "$build" "${names[*]/#/tests/fuzz/fuzz_}" "${UNITY[@]}" -Dfuzz=true -Dwerror=false -Db_sanitize=address,undefined -Db_lundef=false -Doptimization=1
