"""What hlaunch_shim/process/afterwards.py does to the real homodyne between two analyses. Exit code 0, or an assertion.

usage: afterwards.py (by the Python of the environment with homodyne)
"""
import gc
import os
import sys
import threading

os.environ["JAX_ENABLE_X64"] = "1"
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../src/homodyne/shim"))

from hlaunch_shim.process import afterwards, imports  # noqa: E402

afterwards.install(imports.after_import)

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
from homodyne.core import jax_backend  # noqa: E402
from homodyne.data.memory_manager import AdvancedMemoryManager  # noqa: E402
from homodyne.data.performance_engine import PerformanceEngine  # noqa: E402
from homodyne.optimization.nlsq import adapter  # noqa: E402

ENORMOUS = 1 << 50
keeps, drops = afterwards.Afterwards(ENORMOUS), afterwards.Afterwards(-ENORMOUS)
threshold = gc.get_threshold()


def names():
    return sorted(thread.name for thread in threading.enumerate())


def threads_end():
    before = names()
    engine = PerformanceEngine({})
    done = engine.executor.submit(threading.get_ident)  # a pool has threads once it was used
    done.result()
    AdvancedMemoryManager({})
    assert {"PerformanceMonitoring", "MemoryPressureMonitor"} < set(names()), names()
    keeps.tidy()
    assert names() == before, (before, names())


def a_later_scan_is_not_taken_for_a_former():
    first, second = jnp.array([0.0, 1.0, 4.0]), jnp.array([0.0, 3.0, 4.0])  # the same length, the same ends
    jax_backend.get_cached_meshgrid(first, first)
    keeps.tidy()
    grid, _ = jax_backend.get_cached_meshgrid(second, second)
    assert float(grid[1, 0]) == 3.0, grid
    kind = ("static", np.array([0.0, 60.0]), 0.0054)
    adapter.get_or_create_model(*kind)
    keeps.tidy()
    assert not adapter.get_or_create_model(*kind)[2], "the model of the analysis before is found again"


def collection_goes_on():
    stats = type("Stats", (), {"memory_pressure": 0.8, "available_memory_gb": 1.0})()
    manager = AdvancedMemoryManager({"memory": {"enable_monitoring": False}})
    for _ in range(12):  # as many analyses where memory is short
        manager._handle_memory_warning(stats)
    assert gc.get_threshold()[0] == 0, "homodyne has changed: is this still needed?"
    keeps.tidy()
    assert gc.get_threshold() == threshold, gc.get_threshold()


def compiled_code_is_dropped_by_growth_alone():
    program = jax.jit(lambda x: x + 1)
    program(1.0)
    keeps.tidy()
    keeps.tidy()
    assert program._cache_size() == 1, "it did not grow"
    drops.tidy()  # sees how large the process is
    assert program._cache_size() == 1
    drops.tidy()
    assert program._cache_size() == 0, "it grew"


threads_end()
a_later_scan_is_not_taken_for_a_former()
collection_goes_on()
compiled_code_is_dropped_by_growth_alone()
