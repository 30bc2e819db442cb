"""JAX's profiler in every process that computes, and Python's own count of what it allocates.

profile_dir: NLSQ is traced as a whole, CMC's workers by homodyne's own switch (optimization/cmc/sampler.py,
enable_jax_profiling), each in the first shard it draws: a trace holds every operation and soon is gigabytes.
tracemalloc_dir: one file a process, written every second: a worker may end by a signal.
"""

import os
import sys
import threading

from ..files import json_file

_traced = []  # holds one entry once this process has left its trace


def _trace_nlsq(module, folder):
    original = module._run_nlsq_optimization

    def _run_nlsq_optimization(*args, **kwargs):
        import jax

        options = jax.profiler.ProfileOptions()
        options.python_tracer_level = 0  # every Python call would be an event
        with jax.profiler.trace(folder, profiler_options=options):
            return original(*args, **kwargs)

    module._run_nlsq_optimization = _run_nlsq_optimization


def _switch_on(module, folder):
    original = module.run_nuts_sampling

    def run_nuts_sampling(model, model_kwargs, config, *args, **kwargs):
        own = config.enable_jax_profiling, config.jax_profile_dir
        if not _traced:
            _traced.append(True)
            config.enable_jax_profiling, config.jax_profile_dir = True, os.path.join(folder, f"process-{os.getpid()}")
        try:
            return original(model, model_kwargs, config, *args, **kwargs)
        finally:
            config.enable_jax_profiling, config.jax_profile_dir = own

    module.run_nuts_sampling = run_nuts_sampling


def install(after_import, task):
    folder = task["profile_dir"]
    if task["task"] == "nlsq":
        after_import("homodyne.cli.optimization_runner", lambda module: _trace_nlsq(module, folder))
    else:
        after_import("homodyne.optimization.cmc.sampler", lambda module: _switch_on(module, folder))


def watch_allocations(folder):
    import atexit
    import tracemalloc

    tracemalloc.start()
    path, stop = os.path.join(folder, f"{os.getpid()}.json"), threading.Event()

    def write():
        peak = tracemalloc.get_traced_memory()[1]
        worker = "--multiprocessing-fork" in sys.orig_argv
        json_file.write(path, {"pid": os.getpid(), "worker": worker, "peak_bytes": peak})

    def run():
        while not stop.wait(1.0):
            write()

    thread = threading.Thread(target=run, name="hlaunch-tracemalloc", daemon=True)
    thread.start()

    def end():
        stop.set()
        thread.join()
        write()

    atexit.register(end)
