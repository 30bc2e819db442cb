# shellcheck shell=bash
# What every *_test.sh uses. Source it first, call `summary` last:
#     . "$(dirname "$0")/../lib.sh"
#     check "plan of two packages" test "$("$HLAUNCH" plan ...)" = 2
#     summary
# One line a result on stdout: `ok NAME`, `not ok NAME: why`, `skip NAME: why`; tests/run.sh adds them up.
# Given: REPO, BUILD, HLAUNCH (the binary), T (a folder of this test's own, removed at the end), and, where
# tests/run.sh found or made it, HOMODYNE_VENV (folder of the environment with the real homodyne; else empty).
set -euo pipefail

REPO=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=${HLAUNCH_BUILD:-$REPO/build}
HLAUNCH=$BUILD/hlaunch
HOMODYNE_VENV=${HOMODYNE_VENV:-}
# The user's settings must not reach a test.
unset "${!HLAUNCH_@}" 2>/dev/null || :
HLAUNCH=$BUILD/hlaunch
# The certificate of a consensus has tests of its own (tests/real/posterior_auto_test.sh): elsewhere its workers would only take time.
export HLAUNCH_POSTERIOR=consensus
export REPO BUILD HLAUNCH HOMODYNE_VENV
T=$(mktemp -d "${TMPDIR:-/tmp}/hlaunch-test.XXXXXX")
export XDG_CONFIG_HOME=$T/config XDG_STATE_HOME=$T/state
# Compiled code is shared by the tests of one run (tests/run.sh), never with the user.
export HLAUNCH_JIT_CACHE=${TESTS_JIT_CACHE:-$T/jit}
TESTS_PASSED=0 TESTS_FAILED=0 TESTS_SKIPPED=0 TESTS_ENDED=
TESTS_BACKGROUND=()

# TESTS_CPU=yes: behind each result the seconds of CPU time that all the children so far have had.
pass() {
    TESTS_PASSED=$((TESTS_PASSED + 1))
    printf 'ok %s\n' "$1"
    if [ -n "${TESTS_CPU:-}" ]; then times >"$T/times" && sed -n 's/^/# CPU: /; 2p' "$T/times"; fi
}

# fail NAME WHY: WHY goes on one line; details belong on stderr.
fail() {
    TESTS_FAILED=$((TESTS_FAILED + 1))
    printf 'not ok %s: %s\n' "$1" "$(tr '\n' ' ' <<<"${2:-}")"
}

skip() {
    TESTS_SKIPPED=$((TESTS_SKIPPED + 1))
    printf 'skip %s: %s\n' "$1" "$(tr '\n' ' ' <<<"${2:-}")"
}

# check NAME COMMAND...: passes when the command succeeds; its output is shown only when it does not.
check() {
    local name=$1 out code=0
    shift
    out=$("$@" 2>&1) || code=$?
    if [ "$code" = 0 ]; then
        pass "$name"
    else
        fail "$name" "exit $code of: $*"
        tail -n 20 <<<"$out" | sed 's/^/    /' >&2
    fi
}

# check_equal NAME EXPECTED ACTUAL
check_equal() {
    if [ "$2" = "$3" ]; then
        pass "$1"
    else
        fail "$1" "expected '$2', got '$3'"
    fi
}

# check_exit NAME CODE COMMAND...: the exit code, and at most one line on stderr when it is not 0 (no traceback, no abort).
check_exit() {
    local name=$1 want=$2 code=0 lines
    shift 2
    "$@" >"$T/check.out" 2>"$T/check.err" </dev/null || code=$?
    lines=$(wc -l <"$T/check.err")
    if [ "$code" != "$want" ]; then
        fail "$name" "exit $code instead of $want of: $*"
        tail -n 20 "$T/check.err" | sed 's/^/    /' >&2
    elif [ "$want" != 0 ] && [ "$lines" != 1 ]; then
        fail "$name" "$lines lines on stderr instead of one of: $*"
        tail -n 20 "$T/check.err" | sed 's/^/    /' >&2
    else
        pass "$name"
    fi
}

# says NAME CODE PATTERN COMMAND...: the exit code, at most one line on stderr, and the pattern in it.
says() {
    local name=$1 code=$2 pattern=$3
    shift 3
    check_exit "$name" "$code" "$@"
    check "$name: says why" grep -q -e "$pattern" "$T/check.err"
}

# check_json NAME FILE...: each is what docs/schemas says of its "format". Skipped where no Python has jsonschema.
check_json() {
    local name=$1 candidate python=
    shift
    for candidate in python3 /usr/bin/python3; do
        if [ -z "$python" ] && "$candidate" -c 'import jsonschema' 2>/dev/null; then python=$candidate; fi
    done
    if [ -n "$python" ]; then
        check "$name" "$python" "$REPO/tests/check_json.py" "$REPO/docs/schemas" "$@"
    else
        skip "$name" "no Python with jsonschema"
    fi
}

# seeded_bytes COUNT: noise, but the same each time.
seeded_bytes() { python3 -c 'import random, sys; sys.stdout.buffer.write(random.Random(1).randbytes(int(sys.argv[1])))' "$1"; }

# background COMMAND...: started in a session of its own; BACKGROUND_PID; its whole group is ended with the test.
background() {
    setsid "$@" &
    BACKGROUND_PID=$!
    TESTS_BACKGROUND+=("$BACKGROUND_PID")
}

# wait_for SECONDS COMMAND...: until it succeeds; 1 when the time is over. SECONDS are those of a quiet machine: it is patient with a busy one,
# which costs nothing where the command succeeds.
wait_for() {
    local until=$((SECONDS + 60 + 3 * $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$until" ] || return 1
        sleep 0.05
    done
}

tests_cleanup() {
    local code=$? pid group running
    trap - EXIT
    # The number of one that has ended may be another's by now, or a thread's of another: a daemon of a test beside this one.
    running=" $(jobs -rp | tr '\n' ' ') $(jobs -sp | tr '\n' ' ') "
    for pid in ${TESTS_BACKGROUND[@]+"${TESTS_BACKGROUND[@]}"}; do
        [[ $running == *" $pid "* ]] || continue
        kill -KILL -- "-$pid" 2>/dev/null || kill -KILL "$pid" 2>/dev/null || :
        wait "$pid" 2>/dev/null || :
    done
    while read -r pid group; do
        [[ " ${TESTS_BACKGROUND[*]-} " == *" $group "* ]] && grep -qzsF "XDG_CONFIG_HOME=$T/" "/proc/$pid/environ" || continue
        kill -KILL "$pid" 2>/dev/null || :
    done < <(ps -eo pid=,pgid= 2>/dev/null)
    chmod -R u+w "$T" 2>/dev/null || :
    rm -rf "$T"
    # set -e may end a test between two results: silence is no success.
    if [ -z "$TESTS_ENDED" ] && [ "$code" = 0 ]; then code=1; fi
    [ -n "$TESTS_ENDED" ] || printf 'not ok %s: ended before its summary (exit %s)\n' "$(basename "$0")" "$code"
    exit "$code"
}
trap tests_cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

summary() {
    TESTS_ENDED=1
    if [ $((TESTS_PASSED + TESTS_FAILED + TESTS_SKIPPED)) = 0 ]; then
        fail "$(basename "$0")" "no test ran"
    fi
    [ "$TESTS_FAILED" = 0 ] || exit 1
    exit 0
}
