#!/usr/bin/env bash
# Compares what hlaunch prints with the committed files. UPDATE=1 rewrites them instead: read the diff then.
. "$(dirname "$0")/../lib.sh"
hlaunch=$HLAUNCH here=$REPO/tests/golden
# shellcheck disable=SC2034 # used by the cases
data=$here/../data/topologies
export LC_ALL=C.UTF-8 NO_COLOR=1
unset HWLOC_XMLFILE HWLOC_SYNTHETIC HLAUNCH_JIT_CACHE

while IFS='|' read -r file arguments; do
    file=${file%%[[:space:]]*}
    case $file in '' | '#'*) continue ;; esac
    eval "set -- $arguments" # quoted as in a shell; $data is the folder of topologies
    got=$("$hlaunch" "$@" 2>&1; echo "exit $?")
    if [[ ${UPDATE:-} == 1 ]]; then
        printf '%s\n' "$got" >"$here/$file"
    elif difference=$(diff -u "$here/$file" - <<<"$got"); then
        pass "golden $file"
    else
        fail "golden $file" "hlaunch$(printf ' %q' "$@")"
        printf '%s\n' "$difference"
    fi
done <"$here/cases.txt"
[[ ${UPDATE:-} != 1 ]] || pass "golden files rewritten"
summary
