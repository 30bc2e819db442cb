"""XLA compiles with no more threads than the process' share of the placement.

Its pool for this has a thread for each CPU of the mask, in every worker, whatever PJRT_NPROC says, and the thread that
asks works beside them. The pool is made once, at the first program a process compiles: so a small one is compiled
before that, by a thread that may use fewer CPUs. What it leaves may use all of them again, and compiles the same code.
"""

import os
import threading

_compiled = []  # holds one entry once this process has compiled


def _threads():
    return {int(name) for name in os.listdir("/proc/self/task")}


def _compile_narrowed(config, jax, cpus):
    os.sched_setaffinity(0, cpus)  # of this thread and those it starts
    # Code that is read from the cache needs no pool, and would make none.
    with config.enable_compilation_cache(False):
        jax.jit(lambda x: x + 1).lower(0.0).compile()


def _make_pool(share):
    import jax
    from jax._src import config

    mask = os.sched_getaffinity(0)
    cpus = set(sorted(mask)[: max(1, share - 1)])
    if len(cpus) == len(mask):
        return
    before = _threads()
    thread = threading.Thread(target=_compile_narrowed, args=(config, jax, cpus))
    thread.start()
    thread.join()
    for tid in _threads() - before:
        try:
            os.sched_setaffinity(tid, mask)
        except ProcessLookupError:
            pass  # it has ended


def install(after_import):
    share = os.environ.get("PJRT_NPROC", "")
    if not share.isdigit():
        return

    def limit(compiler):
        original = compiler.backend_compile_and_load

        def backend_compile_and_load(*args, **kwargs):
            if not _compiled:
                _compiled.append(True)
                _make_pool(int(share))
            return original(*args, **kwargs)

        compiler.backend_compile_and_load = backend_compile_and_load

    after_import("jax._src.compiler", limit)
