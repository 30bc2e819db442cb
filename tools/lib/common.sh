# shellcheck shell=bash
# Words shared by the setup scripts. Exit codes are hlaunch's own: 2 usage, 3 infrastructure.

say() { printf '%s\n' "$*" >&2; }

# die CODE MESSAGE: one line that says what, where and the remedy.
die() {
    local code=$1
    shift
    say "error: $*"
    exit "$code"
}

# retry TIMES COMMAND...: for what may fail for a moment, such as a package mirror.
retry() {
    local times=$1 try
    shift
    for ((try = 1; try <= times; try++)); do
        "$@" && return 0
        ((try == times)) || sleep $((try * 2))
    done
    return 1
}

cache_root() { printf '%s/hlaunch\n' "${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}"; }
