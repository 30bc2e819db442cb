#!/usr/bin/env bash
# The real homodyne where a container leaves it one CPU, 3 GiB and no memory policies: control groups with a quota and a limit, and a seccomp
# filter. What it takes for its machine is that.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
cpu=/sys/fs/cgroup/cpu/hlaunch-real-$$ memory=/sys/fs/cgroup/memory/hlaunch-real-$$
trap 'rmdir "$cpu" "$memory" 2>/dev/null || :; tests_cleanup' EXIT
if ! mkdir "$cpu" "$memory" 2>/dev/null || ! echo 100000 >"$cpu/cpu.cfs_quota_us" || ! echo $((3 << 30)) >"$memory/memory.limit_in_bytes"; then
    skip "homodyne in a container" "no groups of version 1 can be made here (tests/lab/numa_test.sh makes those of version 2)"
    summary
fi
make_scan data --frames 48 --phi 0,45,90,135 --seed 3
make_yaml data config.yaml
cat >asked.py <<'P'
import os, psutil, sys
print("asked", psutil.cpu_count(), psutil.cpu_count(logical=False), os.cpu_count(), len(os.sched_getaffinity(0)), psutil.virtual_memory().total >> 20)
P
printf '#!/bin/sh\n%q %q >>%q\nexec %q "$@"\n' "$python" "$T/asked.py" "$T/asked" "$homodyne" >app
chmod +x app
within() { bash -c 'for g in "$1" "$2"; do echo $$ >"$g/cgroup.procs"; done; shift 2; exec "$@"' _ "$cpu" "$memory" "$@"; }
check "an NLSQ fit in it" within python3 "$REPO/tests/lab/deny_calls.py" set_mempolicy,get_mempolicy,mbind,move_pages \
    "$HLAUNCH" run --mode nlsq --config config.yaml --app "$T/app" --output out --quiet </dev/null
check_equal "homodyne was told of one CPU and 3 GiB" "asked 1 1 1 1 3072" "$(sort -u asked | tail -n 1)"
check "all promises of its proof are kept" "$python" -c '
import json
bad = [v for v in json.load(open("out/nlsq/proof.json"))["verdicts"] if not v["ok"]]
assert not bad, bad'
summary
