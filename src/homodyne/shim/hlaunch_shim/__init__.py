"""hlaunch's hooks into homodyne: it obeys its placement, and runs shard slices of one analysis.

What to do is told by a task file (JSON, written by hlaunch, named by HLAUNCH_TASK); worker processes
inherit the variable and read the same file. Keys: task (versions | survey | nlsq | slice | replica | evaluate | serve | density |
plain),
placement {logical, physical, memory_bytes}, shm_prefix, plots, profile_dir, tracemalloc_dir; the others are told where they are read.
"""

import json

KNOWN_VERSIONS = ("2.23.3",)


class Refused(SystemExit):
    """Ends the application with exit code 78 and one line that hlaunch shows to the user."""

    def __init__(self, reason):
        import sys

        print(f"hlaunch-refused: {reason}", file=sys.stderr, flush=True)
        super().__init__(78)


def application_version():
    from importlib.metadata import version

    return version("homodyne")


def _die_with_parent():
    """A worker ends when the process that started it does: homodyne's own live on and sample."""
    import ctypes
    import os
    import signal

    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def install(task_path):
    import sys

    with open(task_path, encoding="utf-8") as f:
        task = json.load(f)
    if task["task"] == "versions":
        from . import survey

        survey.answer_versions(task)
        return  # a Python that has no homodyne, such as that of a prefix: another one follows
    from .process import placement, shared_memory

    placement.install(task)
    if task.get("shm_prefix"):
        shared_memory.install(task["shm_prefix"])
    kind = task["task"]
    if "--multiprocessing-fork" in sys.orig_argv:
        _die_with_parent()
    if task.get("tracemalloc_dir"):
        from .process import profile

        profile.watch_allocations(task["tracemalloc_dir"])
    if kind == "plain":  # the hooks are off: the application as it is, in its placement
        return
    from .files import staged
    from .process import compile_threads, jit_cache
    from .process.imports import after_import

    compile_threads.install(after_import)
    jit_cache.install(after_import)
    staged.install(after_import)
    if kind == "survey":
        from . import survey

        survey.install(after_import, task)
        return
    if application_version() not in KNOWN_VERSIONS:
        if kind in ("serve", "density"):
            raise Refused(f"homodyne {application_version()} is no version that hlaunch can keep for several analyses")
        return  # hlaunch planned whole runs only: there is nothing to take hold of
    if kind == "serve":
        from . import serve

        serve.install(after_import, task)
        return
    if kind == "density":
        from .density import worker

        worker.install(after_import, task)
        return
    from . import plots, watch_fit

    plots.install(after_import, task.get("plots", False))
    if kind == "nlsq":
        watch_fit.install(after_import, lambda: task.get("examination"))
    if task.get("profile_dir"):
        from .process import profile

        profile.install(after_import, task)
    if kind in ("slice", "evaluate"):
        from .sampling import slices

        slices.install(after_import, task)
    if task.get("warm"):
        from .sampling import warm

        warm.install(after_import, task)
