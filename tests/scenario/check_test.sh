#!/usr/bin/env bash
# hlaunch check on a set-up where nearly everything is wrong, without homodyne: what it finds, what it mends, what it leaves alone.
. "$(dirname "$0")/../lib.sh"
cd "$T"
mkdir -p host/proc/self host/proc/sys/kernel host/proc/sys/vm host/sys/kernel/mm/transparent_hugepage \
    host/sys/devices/system/cpu/cpu0/cpufreq host/sys/fs/cgroup/job out
cp /proc/self/limits host/proc/self/limits
printf 'MemTotal: 67108864 kB\nMemFree: 1 kB\nMemAvailable: 1048576 kB\n' >host/proc/meminfo
echo "63.00 60.00 50.00 9/999 4242" >host/proc/loadavg
echo "0::/job" >host/proc/self/cgroup
echo 4294967296 >host/sys/fs/cgroup/job/memory.max
echo 1 >host/proc/sys/vm/zone_reclaim_mode
echo 2 >host/proc/sys/vm/overcommit_memory
echo 1 >host/proc/sys/kernel/numa_balancing
echo "always madvise [never]" >host/sys/kernel/mm/transparent_hugepage/enabled
echo powersave >host/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor
echo acpi-cpufreq >host/sys/devices/system/cpu/cpu0/cpufreq/scaling_driver
echo "30 1 0:30 / / rw - nfs4 server:/ rw" >host/proc/self/mountinfo
(ulimit -n 100 && cp /proc/self/limits host/proc/self/limits)

cat >config.yaml <<'Y'
# beam time 7
analysis_mode: static   # not laminar
analyzer_parameters:
  start_frame: 5
experimental_data: {data_folder_path: /nowhere, data_file_name: x.hdf}
optimization:
  method: cmc
  mcmc: {num_samples: 2000, num_chains: 4}
  nlsq:
    memory_fraction: 0.97  # take all
    anti_degeneracy:
      per_angle_mode: auto
  cmc:
    per_angle_mode: "constant"   # as in the paper
    num_workers: 9999
    prior_tempering: no
    backend_config:
      name: pbs
    per_shard_mcmc:
      # how many
      num_samples: 1500
      chain_method:
        "sequential" # safer?
      enable_jax_profiling: true
parameter_space:
  bounds:
    - {name: D0, min: 100, max: 100}
Y
cp config.yaml original.yaml
bad() {
    env -u HLAUNCH_APP PATH=/usr/bin:/bin XLA_FLAGS="threads=3" OMP_PROC_BIND=close OMP_NUM_THREADS=9999 JAX_PLATFORMS=cuda \
        JAX_DISABLE_JIT=1 JAX_ENABLE_X64=0 TMPDIR="$T/missing" "$HLAUNCH" check config.yaml --mode cmc --app no-such-homodyne \
        --sysroot host --jit-cache off --output out "$@"
}
code=0
bad --json >found.json || code=$?
check_equal "exit 1 where something is FAIL" 1 "$code"
check_json "as docs/schemas says" found.json
level() { python3 -c 'import json, sys
print(next(c["level"] for c in json.load(open(sys.argv[1]))["checks"] if c["name"] == sys.argv[2]))' "$1" "$2"; }
planted=0
while read -r name wanted; do
    check_equal "planted: $name" "$wanted" "$(level found.json "$name")"
    planted=$((planted + 1))
done <<'P'
memory FAIL
memory-limit WARN
shared-memory FAIL
open-files FAIL
governor WARN
huge-pages WARN
zone-reclaim WARN
overcommit WARN
load WARN
temporary FAIL
hdf5-locking WARN
xla-flags WARN
openmp-places WARN
thread-variables WARN
jax-platforms FAIL
jax-debugging FAIL
jax-x64 WARN
jit-cache WARN
homodyne FAIL
memory-fraction WARN
angles-agree WARN
sampling-num_samples WARN
chain-method WARN
backend FAIL
prior-tempering WARN
jax-profiling WARN
workers WARN
start-frame WARN
bounds FAIL
P
check "29 faults planted" test "$planted" = 29
check "each WARN and FAIL has a value and a remedy, no OK has one" python3 -c '
import json
for c in json.load(open("found.json"))["checks"]:
    assert c["value"], c
    assert bool(c["remedy"]) == (c["level"] != "OK"), c'
bad >found.txt 2>found.err || :
check "text: a line each and a summary, no colour in a pipe" bash -c 'tail -n 1 found.txt | grep -qE "^[0-9]+ OK, [0-9]+ WARN, 9 FAIL$" && ! grep -q $'"'\e'"' found.txt'
check "nothing is said on stderr" test ! -s found.err

# What --fix would do, and does.
bad --fix --dry-run >dry.txt || :
check "--dry-run writes nothing" cmp config.yaml original.yaml
check "and shows the lines" grep -qF '    + ' <(sed 's/^ *[0-9]* /    /' dry.txt)
bad --fix --json >fixed.json || :
check_json "--fix --json as docs/schemas says" fixed.json
cat >expected.diff <<'D'
<     memory_fraction: 0.97  # take all
>     memory_fraction: 0.75  # take all
<     per_angle_mode: "constant"   # as in the paper
>     per_angle_mode: auto   # as in the paper
<     prior_tempering: no
>     prior_tempering: true
<       name: pbs
>       name: multiprocessing
<       num_samples: 1500
>       num_samples: 2000
<         "sequential" # safer?
>         parallel # safer?
<       enable_jax_profiling: true
>       enable_jax_profiling: false
D
check_equal "only these lines change, comments stay" "$(sort expected.diff)" "$(diff original.yaml config.yaml | grep '^[<>]' | sort)"
check "the old config is kept" cmp config.yaml.bak original.yaml
bad --fix >again.txt || :
check "twice: nothing left to fix" grep -qx "nothing to fix in the config" again.txt
cp original.yaml config.yaml
bad --fix >/dev/null || :
check "an older backup is not overwritten" cmp config.yaml.bak original.yaml
check "but numbered" cmp config.yaml.bak1 original.yaml

# Bad input: one line.
check_exit "a missing config" 2 "$HLAUNCH" check missing.yaml
check_exit "a config that is no mapping" 2 "$HLAUNCH" check found.txt
check_exit "--fix without a config" 2 "$HLAUNCH" check --fix
check_exit "--dry-run alone" 2 "$HLAUNCH" check config.yaml --dry-run
check_exit "another machine" 2 "$HLAUNCH" check --topology "core:4 pu:1"
check_exit "a sysroot that is none" 2 "$HLAUNCH" check --sysroot missing
check_exit "--help" 0 "$HLAUNCH" check --help
summary
