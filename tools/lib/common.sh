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

on_terminal() { [ -t 2 ] && [ "${TERM:-dumb}" != dumb ]; }

# shown_while WHAT COUNT COMMAND...: tells on standard error how long COMMAND has been at work, once that is worth telling: on a terminal
# in one line, from two seconds on; elsewhere in a line each ten seconds. COUNT (a command, or nothing) prints how far it is.
shown_while() {
    local what=$1 count=$2 watcher code=0
    shift 2
    show_progress "$what" "$count" "$BASHPID" >&2 </dev/null &
    watcher=$!
    "$@" || code=$?
    { kill "$watcher" && wait "$watcher"; } 2>/dev/null || :
    if on_terminal; then printf '\r\033[K' >&2; fi
    return "$code"
}

show_progress() { # WHAT COUNT PID: until that process is gone, too: Ctrl-C does not reach a background job
    local start=$SECONDS seconds far next=10
    trap - EXIT
    ! on_terminal || next=2
    while sleep 1 && kill -0 "$3" 2>/dev/null; do
        seconds=$((SECONDS - start))
        [ "$seconds" -ge "$next" ] || continue
        on_terminal || next=$((seconds - seconds % 10 + 10))
        far=$($2) || far=
        far="$1: ${far:+$far, }$(duration "$seconds")"
        if on_terminal; then printf '\r\033[K%s' "$far"; else printf '%s\n' "$far"; fi
    done
}

duration() { if [ "$1" -lt 60 ]; then echo "$1 s"; else echo "$(($1 / 60)) min $(($1 % 60)) s"; fi; }
