#!/bin/busybox sh
# Inside the guest: runs the probe and compares what it says.
# shellcheck shell=sh disable=SC2046,SC2005,SC2086  # words are split on purpose

probe() { hlaunch exec "$@" -- lab_probe 16 >/tmp/said 2>&1; }   # 16 MiB: 4096 pages
# Without hlaunch, started on CPU 0, so that first touch must answer node 0.
control() { taskset 1 lab_probe 16 >/tmp/said 2>&1; }
refused() {
  hlaunch exec "$@" -- lab_probe 16 >/tmp/refusal 2>&1
  { echo "exit $?"; echo "lines $(wc -l </tmp/refusal)"; sed 's/^/said: /' /tmp/refusal; } >/tmp/said
}

# near LINE: "pages N1 about 2048" was said, within 2 %: other faults of the probe take turns as well.
near() {
  set -- $1
  count=$(sed -n "s/^pages $2 //p" /tmp/said)
  [ -n "$count" ] && [ $((count * 100)) -ge $(($4 * 98)) ] && [ $((count * 100)) -le $(($4 * 102)) ]
}
# expect NAME LINE...: each line was said, and no pages are on any other node.
expect() {
  name=$1; shift
  pages=0
  for line in "$@"; do
    case $line in "pages "*) pages=$((pages + 1)) ;; esac
    case $line in
      *" about "*) near "$line" ;;
      *) grep -qxF "$line" /tmp/said ;;
    esac || {
      echo "FAILED $name: no '$line' in: $(tr '\n' '|' </tmp/said)"
      return
    }
  done
  if [ "$(grep -c '^pages ' /tmp/said)" != "$pages" ]; then
    echo "FAILED $name: pages elsewhere: $(tr '\n' '|' </tmp/said)"
    return
  fi
  echo "ok $name"
}

# remote NAME LEAST MOST ARGUMENT...: hlaunch exec's probe below an instance on the whole machine; the last remote_share
# of usage.csv, in percent.
remote() {
  name=$1 least=$2 most=$3; shift 3
  rm -rf /tmp/out
  hlaunch run --per machine --reserve-cores 0 --output /tmp/out -- hlaunch exec "$@" -- lab_probe 64 --hold 5 >/dev/null 2>/tmp/refusal
  share=$(awk -F, 'NR == 1 { while ($++column != "remote_share" && column <= NF); next } $column != "" { share = $column * 100 } END { print share == "" ? "none" : int(share + 0.5) }' /tmp/out/parts/000/usage.csv)
  if [ "$share" != none ] && [ "$share" -ge "$least" ] && [ "$share" -le "$most" ]; then echo "ok $name"
  else echo "FAILED $name: $share % instead of $least to $most: $(tail -n 3 /tmp/out/parts/000/usage.csv /tmp/refusal | tr '\n' '|')"; fi
}

shmem_mib() { awk '/^Shmem:/ { print int($2 / 1024) }' /proc/meminfo; }
# until_shmem NAME MIB: shared memory is at most so much within a minute.
until_shmem() {
  for _ in $(seq 300); do
    if [ "$(shmem_mib)" -le "$2" ]; then echo "ok $1"; return; fi
    sleep 0.2
  done
  echo "FAILED $1: $(shmem_mib) MiB of shared memory instead of $2"
}
# both NAME MIB: shared memory is at least so much.
both() { if [ "$(shmem_mib)" -ge "$2" ]; then echo "ok $1"; else echo "FAILED $1: $(shmem_mib) MiB"; fi; }

# plan NAME CPUS MEMS: one placement a NUMA node, as listed, and each of them can be bound to.
plan() {
  if ! hlaunch plan --json --per numa --reserve-cores 0 >/tmp/plan 2>/tmp/refusal; then
    echo "FAILED $1: $(cat /tmp/refusal)"
    return
  fi
  for key in cpus mems; do
    tr -d ' \n' </tmp/plan | grep -o "\"$key\":\"[^\"]*\"" | cut -d'"' -f4 >/tmp/plan.$key
  done
  if [ "$(echo $(cat /tmp/plan.cpus))" != "$2" ] || [ "$(echo $(cat /tmp/plan.mems))" != "$3" ]; then
    echo "FAILED $1: planned CPUs" $(cat /tmp/plan.cpus) "and memory nodes" $(cat /tmp/plan.mems)
    return
  fi
  paste /tmp/plan.cpus /tmp/plan.mems >/tmp/plan.both
  while read -r cpus mems; do
    probe --cpus "$cpus" --mems "$mems"
    if ! grep -qxF "cpus $cpus" /tmp/said || ! grep -qxF "pages N$mems 4096" /tmp/said; then
      echo "FAILED $1: bound to $cpus and $mems: $(tr '\n' '|' </tmp/said)"
      return
    fi
  done </tmp/plan.both
  echo "ok $1"
}
