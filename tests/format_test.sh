#!/usr/bin/env bash
# The C++ files are as .clang-format has them. Versions of clang-format differ; the one of Debian 12 decides.
. "$(dirname "$0")/lib.sh"
cd "$REPO"
version=$(clang-format --version 2>/dev/null | sed -nE 's/.*version ([0-9]+)\..*/\1/p')
if [ "$version" != 14 ]; then
    skip "the form of the C++ files" "needs clang-format 14, here is ${version:-none}"
    summary
fi
found=$(find src tests bench tools -name '*.cpp' -o -name '*.h')
wrong=$(xargs clang-format --dry-run 2>&1 <<<"$found" | sed -nE 's/^([^:]+):([0-9]+):.*clang-format-violations.*/\1:\2/p' | sort -u | head -n 20)
check "there are C++ files" test "$(wc -l <<<"$found")" -gt 400
check_equal "clang-format -i changes nothing" "" "$wrong"
summary
