#!/usr/bin/env bash
# Threads of the real jaxlib under masks of one and two CPUs, with the environment that hlaunch plans: no more of them compute
# than the placement has PUs, or than chains ask for, and the one that calls. And the user's own environment stays as it was.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
make_scan data --frames 32 --phi 0,60,120 --seed 5
make_yaml data config.yaml optimization.mcmc.num_chains=2
plan() { "$HLAUNCH" plan --json --quiet --mode cmc --config config.yaml --app "$homodyne" "$@"; }

export OMP_NUM_THREADS=7 OMP_PROC_BIND=close OMP_PLACES=cores XLA_FLAGS=--xla_cpu_enable_fast_math=false
before=$(env | grep -E '^(OMP|XLA)' | sort)
plan --per cores:1 >one.json
check_equal "the user's OMP_* and XLA_FLAGS are as before" "$before" "$(env | grep -E '^(OMP|XLA)' | sort)"
check_equal "an instance has its own" "1 1 1 1 OMP_PLACES,OMP_PROC_BIND" "$("$python" -c '
import json
instance = json.load(open("one.json"))["stages"][1]["instances"][0]
names = "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "PJRT_NPROC"
print(*(instance["env"][name] for name in names), ",".join(sorted(instance["unset_env"])))')"
check "and its XLA_FLAGS keep the user's" grep -q -- --xla_cpu_enable_fast_math=false one.json
unset OMP_NUM_THREADS OMP_PROC_BIND OMP_PLACES XLA_FLAGS
computing() { "$python" "$real/computing_threads.py" "$1" "$2" "$3" "$HLAUNCH" "$python"; }
check "one CPU, nlsq: one thread computes, and the one that calls" computing one.json nlsq 2
# Chains run side by side wherever they are (docs/decisions/009): a pool of as many threads, and the one that calls.
check "one CPU, cmc with two chains: three threads at most" computing one.json cmc 3
plan --per machine >two.json
check "two CPUs, nlsq: two threads compute, and the one that calls" computing two.json nlsq 3
check "two CPUs, cmc: two threads compute, and the one that calls" computing two.json cmc 3

# As without the plan's environment: the check can fail.
sed 's/"PJRT_NPROC": *"[0-9]*"/"PJRT_NPROC": "4"/' two.json >four.json
check "four threads on two CPUs: seen" eval '! computing four.json cmc 3'

# compile_pool SHIM: the threads that XLA makes to compile, and whether they may use all the CPUs of their process.
compile_pool() {
    echo '{"task": "nlsq"}' >task.json
    PYTHONPATH=$1 HLAUNCH_TASK=$T/task.json HLAUNCH_JIT_CACHE=off PJRT_NPROC=2 taskset -c "$cpus" "$python" -c '
import os
import jax
jax.devices()
before = set(os.listdir("/proc/self/task"))
jax.jit(lambda x: x * 2).lower(1.0).compile()
pool = set(os.listdir("/proc/self/task")) - before
print(len(pool), {os.sched_getaffinity(int(thread)) == os.sched_getaffinity(0) for thread in pool})'
}
cpus=$("$python" -c 'import os; print(*sorted(os.sched_getaffinity(0))[:2], sep=",")')
if [ "$cpus" != "${cpus%,*}" ]; then
    read -r threads rest <<<"$(compile_pool "")"
    # With two CPUs two of a pool, beside the one that asks.
    check_equal "threads that compile: with the hooks one less, all with the whole mask" "$((threads - 1)) $rest" \
        "$(compile_pool "$REPO/src/homodyne/shim")"
    check_equal "as without them" "{True}" "$rest"
else
    skip "threads that compile" "one CPU only"
fi
summary
