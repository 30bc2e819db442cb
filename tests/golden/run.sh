#!/usr/bin/env bash
# Compares what hlaunch prints with the committed files. UPDATE=1 rewrites them instead: read the diff then.
#   tests/golden/run.sh BUILD/hlaunch
set -euo pipefail
hlaunch=$(realpath "${1:?usage: run.sh HLAUNCH}")
[[ -x $hlaunch ]] || { echo "no program $hlaunch: build it first"; exit 1; }
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck disable=SC2034 # used by the cases
data=$here/../data/topologies
export LC_ALL=C.UTF-8 NO_COLOR=1
unset HWLOC_XMLFILE HWLOC_SYNTHETIC

passed=0 failed=0
while IFS='|' read -r file arguments; do
    file=${file%%[[:space:]]*}
    case $file in '' | '#'*) continue ;; esac
    eval "set -- $arguments" # quoted as in a shell; $data is the folder of topologies
    got=$("$hlaunch" "$@" 2>&1; echo "exit $?")
    if [[ ${UPDATE:-} == 1 ]]; then
        printf '%s\n' "$got" >"$here/$file"
    elif difference=$(diff -u "$here/$file" - <<<"$got"); then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED %s: hlaunch%s\n%s\n' "$file" "$(printf ' %q' "$@")" "$difference"
    fi
done <"$here/cases.txt"
printf '%d passed, %d failed\n' "$passed" "$failed"
[[ $failed == 0 ]]
