#!/usr/bin/env python3
"""runnable_threads.py PLAN.json STAGE LIMIT HLAUNCH PYTHON: an XLA program as an instance of that stage would run it.

It is bound and given its environment as the first instance of the stage in the plan. Counts the threads the kernel could run
(state R in /proc/PID/task/*/stat) every 50 ms for some seconds and prints PUs, all threads, the median and the largest
number of runnable ones. Exit 1 when the median is 0 (nothing ran), when more than LIMIT were runnable twice in a row in more than one
pair of samples in twenty and what chance adds (src/run/runnable_tally.h: a thread that hands over is runnable for a moment beside the one
that takes over, for longer on a busy machine), or when a thread may leave the CPUs.
"""
import glob
import json
import os
import statistics
import subprocess
import sys
import time

# One long compiled loop, as a sampler is: many short calls would show Python handing over, not XLA computing.
PROGRAM = """
import jax, jax.numpy as jnp
x = jnp.ones((500, 500))
once = lambda i, x: jnp.tanh(x @ x) / 2
jax.jit(lambda x: jax.lax.fori_loop(0, 10, once, x))(x).block_until_ready()
long = jax.jit(lambda x: jax.lax.fori_loop(0, 1000000, once, x)).lower(x).compile()
print("ready", flush=True)
long(x).block_until_ready()
"""


def tasks(pid):
    """(state, affinity) of each thread that still lives."""
    out = []
    for folder in glob.glob(f"/proc/{pid}/task/*"):
        try:
            with open(f"{folder}/stat", encoding="utf-8") as f:
                state = f.read().rpartition(")")[2].split()[0]
            out.append((state, os.sched_getaffinity(int(os.path.basename(folder)))))
        except (OSError, ValueError):
            continue
    return out


def main(plan_path, stage_name, limit, hlaunch, python):
    with open(plan_path, encoding="utf-8") as f:
        plan = json.load(f)
    instance = next(s for s in plan["stages"] if s["name"] == stage_name)["instances"][0]
    placement = plan["placements"][instance["placement"]]
    environment = {**os.environ, **instance["env"]}
    for name in ("HLAUNCH_TASK", "JAX_COMPILATION_CACHE_DIR", "OMP_PROC_BIND", "OMP_PLACES"):
        environment.pop(name, None)
    command = [hlaunch, "exec", "--cpus", placement["cpus"], "--", python, "-c", PROGRAM]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline() == "ready\n"
        runnable, masks, threads = [], set(), 0
        for _ in range(80):
            seen = tasks(child.pid)
            runnable.append(sum(state == "R" for state, _ in seen))
            masks |= {frozenset(mask) for _, mask in seen}
            threads = max(threads, len(seen))
            time.sleep(0.05)
        child.kill()
    pus = len(set().union(*masks))
    print(f"{pus} PUs: {threads} threads, runnable {statistics.median(runnable):g} (largest {max(runnable)})")
    if statistics.median(runnable) == 0:
        return "nothing ran"
    pairs = [min(pair) for pair in zip(runnable, runnable[1:])]
    if sum(count > int(limit) for count in pairs) > 0.05 * len(pairs) + 3 * (0.05 * 0.95 * len(pairs)) ** 0.5:
        return f"more than {limit} runnable: {runnable}"
    return "threads on other CPUs" if len(masks) != 1 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
