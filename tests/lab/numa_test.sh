#!/bin/bash
# The real hlaunch binds a probe in guests with several NUMA nodes; the probe says where its pages are.
# Debian packages: qemu-system-x86 linux-image-cloud-amd64 busybox-static cpio.
. "$(dirname "$0")/../lib.sh"
set +e
here=$REPO/tests/lab build=$BUILD work=$T

# guest PRESET COUNT: runs the checks on standard input (COUNT of them) and passes on what each says.
guest() {
  local preset=$1 count=$2 status=0 kind name said=0
  cat "$here/guest_checks.sh" - >"$work/script"
  "$here/numa_guest.sh" -p "$preset" -b "$build/hlaunch" -b "$build/tests/lab/lab_probe" "$work/script" \
    >"$work/out" 2>"$work/err" </dev/null || status=$?
  if [ "$status" = 77 ]; then
    for _ in $(seq "$count"); do skip "guest $preset" "$(cat "$work/err")"; done
    return
  fi
  sed "s/^/# [$preset] /" "$work/out" "$work/err"
  while read -r kind name; do
    case $kind in
      ok) pass "$name" ;;
      FAILED) fail "$name" "see the guest's words above" ;;
      *) continue ;;
    esac
    said=$((said + 1))
  done <"$work/out"
  # A check that never said anything has failed: the guest died, or the script ended early.
  [ "$said" = "$count" ] || fail "guest $preset" "$said of $count checks reported, exit code $status"
}

guest two 12 <<'CHECKS'
plan "two: a placement a node" "0-1 2-3" "0 1"
probe --cpus 2-3 --mems 1;                             expect "two: node 1" "cpus 2-3" "mode 2" "nodes 2" "pages N1 4096"
control;                                               expect "two: the control without hlaunch is on node 0" "cpus 0" "mode 0" "pages N0 4096"
probe --cpus 0 --mems 1;                               expect "two: memory away from the CPU" "cpus 0" "pages N1 4096"
probe --cpus 3;                                        expect "two: only CPUs: the policy is untouched" "cpus 3" "mode 0" "pages N1 4096"
probe --mems 1;                                        expect "two: only memory: the CPUs are untouched" "cpus 0-3" "pages N1 4096"
probe --cpus 0-3 --mems 0-1 --mem-policy interleave;   expect "two: interleave spreads evenly" "mode 3" "nodes 3" "pages N0 about 2048" "pages N1 about 2048"
probe --cpus 0-1 --mems 1 --mem-policy preferred;      expect "two: preferred" "mode 1" "pages N1 4096"
probe --cpus 0-1 --mems 1 --mem-policy preferred-many; expect "two: preferred-many" "mode 5" "pages N1 4096"
probe --cpus 2 --mem-policy local;                     expect "two: local" "mode 4" "pages N1 4096"
refused --cpus 0 --mems 7;                             expect "two: no node 7: exit code 3, one line" "exit 3" "lines 1"
# A cpuset of node 0 makes node 1 impossible, and the unbound child stays inside.
mkdir /sys/fs/cgroup/half; echo +cpuset >/sys/fs/cgroup/cgroup.subtree_control
echo 0-1 >/sys/fs/cgroup/half/cpuset.cpus; echo 0 >/sys/fs/cgroup/half/cpuset.mems; echo $$ >/sys/fs/cgroup/half/cgroup.procs
refused --cpus 2-3 --mems 1;                           expect "two: outside the cpuset: exit code 3, one line" "exit 3" "lines 1"
CHECKS

guest memory 3 <<'CHECKS'
plan "memory: a node without CPUs is no placement" "0-1 2-3" "0 1"
probe --cpus 0-1 --mems 2;                             expect "memory: a node without CPUs takes the pages" "cpus 0-1" "mode 2" "pages N2 4096"
probe --cpus 0-3 --mems 1-2 --mem-policy interleave;   expect "memory: interleave over both" "pages N1 about 2048" "pages N2 about 2048"
CHECKS

guest cpu 3 <<'CHECKS'
probe --cpus 2-3 --mems 0;                             expect "cpu: CPUs without memory use node 0" "cpus 2-3" "mode 2" "pages N0 4096"
probe --cpus 2-3;                                      expect "cpu: without --mems too" "cpus 2-3" "mode 0" "pages N0 4096"
refused --cpus 2-3 --mems 1;                           expect "cpu: a node without memory is no memory node" "exit 3" "lines 1"
CHECKS

guest four 3 <<'CHECKS'
plan "four: a placement a node" "0-1 2-3 4-5 6-7" "0 1 2 3"
probe --cpus 4-5 --mems 2;                             expect "four: node 2" "cpus 4-5" "pages N2 4096"
probe --cpus 4-7 --mems 2-3 --mem-policy interleave;   expect "four: one package" "cpus 4-7" "pages N2 about 2048" "pages N3 about 2048"
CHECKS

summary
