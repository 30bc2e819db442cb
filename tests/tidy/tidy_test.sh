#!/usr/bin/env bash
# clang-tidy has nothing to say of src, by the checks of .clang-tidy.
. "$(dirname "$0")/../lib.sh"
cd "$REPO"
tidy=$(compgen -c run-clang-tidy | sort -V | tail -n 1) || tidy=
if [ -z "$tidy" ]; then
    skip "clang-tidy" "run-clang-tidy is not here"
    summary
fi
# Each file by itself, and without precompiled headers, which are g++'s.
check "a build folder for it" meson setup "$T/build" -Dunity=off -Db_pch=false
"$tidy" -quiet -p "$T/build" "$REPO/src/.*\.cpp" >"$T/tidy.txt" 2>"$T/tidy.err" </dev/null && code=0 || code=$?
sed "s/\x1b\[[0-9;]*m//g" "$T/tidy.txt" | grep -E "(warning|error): .*\[[a-z.,-]*\]$" | sed "s#^$REPO/##" | sort -u >"$T/said.txt" || :
head -n 40 "$T/said.txt" >&2
check_equal "clang-tidy: warnings" 0 "$(wc -l <"$T/said.txt")"
check_equal "clang-tidy: exit code" 0 "$code"
summary
