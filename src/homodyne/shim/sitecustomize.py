"""Loaded by every Python that hlaunch starts (PYTHONPATH), behind any prefix: uv, conda, containers.

Cheap until the application is imported. A sitecustomize that was there before is still run.
"""

import os
import sys

_here = os.path.dirname(os.path.abspath(__file__))


def _chain():
    import importlib.machinery
    import importlib.util

    others = [p for p in sys.path if os.path.abspath(p or ".") != _here]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)


_chain()

if os.environ.get("HLAUNCH_TASK"):
    import hlaunch_shim

    hlaunch_shim.install(os.environ["HLAUNCH_TASK"])
