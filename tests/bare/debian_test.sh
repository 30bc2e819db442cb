#!/usr/bin/env bash
# A bare Debian 12 and a bare Debian 13, with nothing in them but a clone of HEAD: both build with warnings as errors and pass
# the fast tests; in 13, whose own Python is new enough, the quickstart runs whole. Under tests/run.sh --full; 20 to 40 minutes.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

if [ "$(id -u)" != 0 ] || ! command -v debootstrap >/dev/null; then
    skip "bare Debian 12 and 13" "needs root and debootstrap"
    summary
fi

# bare SUITE COMMAND: its output in $T/SUITE.log. Nothing of this machine's settings for hlaunch goes in.
bare() { env -u HLAUNCH_VENV -u HLAUNCH_PYTHON "$REPO/tests/bare/debian.sh" "$1" bash -c "$2" >"$T/$1.log" 2>&1 </dev/null; }
# What went wrong is at the end of the log.
told() { "$@" || { tail -n 40 "$T/$2.log" | sed 's/^/    | /'; return 1; }; }

fast='bash tests/run.sh --fast'
check "Debian 12: builds without a warning, passes the fast tests" told bare bookworm "$fast"
check "Debian 12: none failed" grep -qE '^[0-9]+ passed, 0 failed' "$T/bookworm.log"
slurm='apt-get install -y -q --no-install-recommends slurm-wlm munge procps && bash tests/bare/slurm_accepts_test.sh'
check "Debian 13: builds without a warning, passes the fast tests, the quickstart runs whole, its Slurm takes the scripts" \
    told bare trixie "$fast && bash examples/quickstart.sh && $slurm"
check "Debian 13: its Slurm was there" grep -q '^ok as the log tells' "$T/trixie.log"
check "Debian 13: none failed" grep -qE '^[0-9]+ passed, 0 failed' "$T/trixie.log"
check "Debian 13: the merged table stands beside the truth" grep -qE '^D0 .*28000' "$T/trixie.log"
summary
