#!/usr/bin/env bash
# Out of memory, for real: in a memory group of this test the kernel kills an instance, which is told as such and tried once
# more. Needs root and a memory group.
. "$(dirname "$0")/../lib.sh"
cd "$T"
if [[ $(ldd "$HLAUNCH") == *libasan* ]]; then
    skip "a real out of memory" "under the address sanitizer hlaunch itself is the largest in the group"
    summary
fi
# A group below ours, of either version; its folder, or nothing.
make_group() {
    local top own
    if [ -w /sys/fs/cgroup/memory/cgroup.procs ]; then
        top=/sys/fs/cgroup/memory own=$(sed -n 's/^[0-9]*:memory:\(.*\)/\1/p' /proc/self/cgroup)
        [ -d "$top$own" ] || own=
        mkdir "$top$own/hlaunch-test-$$" && echo $((128 << 20)) >"$top$own/hlaunch-test-$$/memory.limit_in_bytes" || return 1
    elif grep -qw memory /sys/fs/cgroup/cgroup.subtree_control 2>/dev/null && [ -w /sys/fs/cgroup/cgroup.procs ]; then
        top=/sys/fs/cgroup own=
        mkdir "$top/hlaunch-test-$$" && echo $((128 << 20)) >"$top/hlaunch-test-$$/memory.max" || return 1
    else
        return 1
    fi
    echo "$top$own/hlaunch-test-$$"
}
group=$(make_group 2>/dev/null) || group=
if [ -z "$group" ]; then
    skip "a real out of memory" "no memory group can be made here (root and the memory controller are needed)"
    summary
fi
trap 'rmdir "$group" 2>/dev/null || :; tests_cleanup' EXIT
within() { bash -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' _ "$group" "$@"; }

hog='import time; b = bytearray(600 << 20); time.sleep(5)'
check_exit "an instance that needs too much" 1 within "$HLAUNCH" run --per machine --quiet --output oom -- python3 -c "$hog"
check "is told as out of memory, with the remedy" grep -q "part 000 ended with signal 9 (Killed), out-of-memory; see .*; give it fewer workers" check.err
check_equal "after one more try" "2 out-of-memory again=1" "$(python3 - oom/journal.jsonl <<'P'
import json, sys
ends = [e for e in (json.loads(line[17:]) for line in open(sys.argv[1])) if e["event"] == "end"]
print(len(ends), *{e["outcome"] for e in ends}, f"again={sum(e.get('again', False) for e in ends)}")
P
)"
check_exit "--retries 0: no other try" 1 within "$HLAUNCH" run --per machine --quiet --retries 0 --output once -- python3 -c "$hog"
check_equal "one try" 1 "$(grep -c '"event":"start"' once/journal.jsonl)"
check_exit "SIGKILL by somebody else is no out of memory" 1 "$HLAUNCH" run --per machine --quiet --output killed -- sh -c 'kill -9 $$'
check "but killed" grep -q "signal 9 (Killed), killed" check.err
# Two tasks of a queue that fit alone but not together: after the kernel's choice the one is run again, and both are done.
for i in 1 2; do echo "python3 -c 'import time; b = bytearray(70 << 20); time.sleep(2); open(\"done.$i\", \"a\").write(\"x\")'"; done >two
check "a queue of tasks that fit only one by one ends all" within "$HLAUNCH" queue two --per cores:1 --reserve-cores 0 --output two.q --quiet
check_equal "each was done once" "x x" "$(cat done.1) $(cat done.2)"
summary
