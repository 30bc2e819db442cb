#!/usr/bin/env bash
# hlaunch reaper from the outside: nothing for people. What it does for hlaunch is in tests/unit/os/reaper/reaper_test.cpp.
. "$(dirname "$0")/../lib.sh"

check_exit "by hand without a descriptor: one line and exit 2" 2 "$HLAUNCH" reaper
for word in 0 1 3 99 -1 x 3x "" --help; do
    check_exit "by hand with '$word': one line and exit 2" 2 "$HLAUNCH" reaper "$word"
done
check "it says who starts it" grep -q 'reaper is started by hlaunch itself' "$T/check.err"
check_exit "a file is no socket" 2 bash -c 'exec 3<"$1"; exec "$2" reaper 3' - "$REPO/README.md" "$HLAUNCH"
check_equal "the help does not name it" 0 "$("$HLAUNCH" --help | grep -c reaper || :)"
summary
