#!/usr/bin/env python3
"""computing_threads.py PLAN.json STAGE LIMIT HLAUNCH PYTHON: the threads of an XLA program, run as an instance of that stage would run it.

It is bound and given its environment as the first instance of the stage in the plan. A thread counts as computing where it got at least
a hundredth of the CPU time of the one that got most (/proc/PID/task/TID/schedstat) while a compiled loop ran for some seconds: the threads of
XLA's pool, and the one that calls, which takes a part itself where the pool is late. Numbers of runnable threads would depend on what else the
machine does; which threads ever compute does not.
Exit 1 when nothing ran, when more than LIMIT threads computed, or when a thread may leave the CPUs.
"""
import glob
import json
import os
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
CPU_SECONDS = 2


def threads_of(pid):
    """(CPU time in ns, affinity) by thread, of those that still live."""
    out = {}
    for folder in glob.glob(f"/proc/{pid}/task/*"):
        try:
            with open(f"{folder}/schedstat", encoding="utf-8") as f:
                thread = int(os.path.basename(folder))
                out[thread] = int(f.read().split()[0]), frozenset(os.sched_getaffinity(thread))
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
        before = threads_of(child.pid)
        # By CPU time, not by the clock: a busy machine takes longer and shows the same.
        used, masks = [0], set()
        while child.poll() is None and sum(used) < CPU_SECONDS * 1e9:
            time.sleep(0.1)
            seen = threads_of(child.pid)
            used = [ns - before.get(thread, (0,))[0] for thread, (ns, _) in seen.items()]
            masks |= {mask for _, mask in seen.values()}
        child.kill()
    shares = sorted((ns / max(used) for ns in used), reverse=True) if any(used) else []
    computing = sum(share >= 0.01 for share in shares)
    pus = len(set().union(*masks))
    print(f"{pus} PUs: {len(used)} threads, {computing} of them computed: {', '.join(f'{share:.0%}' for share in shares[:8])} of the busiest")
    if computing == 0:
        return "nothing ran"
    if computing > int(limit):
        return f"more than {limit} threads computed"
    return "threads on other CPUs" if len(masks) != 1 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
