#!/usr/bin/env bash
# Builds the fuzz targets with clang++, libFuzzer and the address and undefined-behaviour sanitizers; the project's
# compiler stays g++. usage: bash tests/fuzz/build.sh [BUILD [TARGET...]]   (default: build-fuzz, all targets)
# FUZZ_OPTIMIZATION=0 takes less than half the time to build, and tries fewer inputs a second.
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
# ccache first where it is there, as meson does for g++.
CXX="$(command -v ccache || :) clang++"
export CXX=${CXX# }
targets=()
for target in "$@"; do targets+=("tests/fuzz/fuzz_$target"); done
if [ ${#targets[@]} = 0 ]; then
    for source in tests/fuzz/*_fuzz.cpp; do targets+=("tests/fuzz/fuzz_$(basename "$source" _fuzz.cpp)"); done
fi
build_project "$PWD" "$build" "${targets[*]}" "${UNITY[@]}" -Dfuzz=true -Dwerror=false -Db_sanitize=address,undefined -Db_lundef=false -Doptimization="${FUZZ_OPTIMIZATION:-1}"
