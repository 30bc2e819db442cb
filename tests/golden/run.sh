#!/usr/bin/env bash
# Compares what hlaunch prints with the committed files. UPDATE=1 rewrites them instead: read the diff then.
. "$(dirname "$0")/../lib.sh"
hlaunch=$HLAUNCH here=$REPO/tests/golden
# shellcheck disable=SC2034 # used by the cases
data=$REPO/tests/data/topologies
export LC_ALL=C.UTF-8 NO_COLOR=1
unset HWLOC_XMLFILE HWLOC_SYNTHETIC HLAUNCH_JIT_CACHE HLAUNCH_POSTERIOR
# shellcheck source=tests/golden/scripts.sh
. "$here/scripts.sh"

compare() { # compare FILE COMMAND: what is on standard input with the committed file; COMMAND is for the reader
    local file=$1 difference
    if [[ ${UPDATE:-} == 1 ]]; then
        mkdir -p "$(dirname "$here/$file")"
        cat >"$here/$file"
    elif difference=$(diff -au "$here/$file" -); then
        pass "golden $file"
    else
        fail "golden $file" "$2"
        printf '%s\n' "$difference"
    fi
}

while IFS='|' read -r file arguments; do
    file=${file%%[[:space:]]*}
    case $file in '' | '#'*) continue ;; esac
    eval "set -- $arguments" # quoted as in a shell; $data is the folder of topologies
    compare "$file" "hlaunch$(printf ' %q' "$@")" < <(code=0; "$hlaunch" "$@" 2>&1 </dev/null || code=$?; echo "exit $code")
done <"$here/cases.txt"
golden_scripts
[[ ${UPDATE:-} != 1 ]] || pass "golden files rewritten"
summary
