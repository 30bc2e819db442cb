"""What an analysis leaves in its process where homodyne counts on the process' end: threads, files, memory of its scan.

Threads end by homodyne's own methods, and what is remembered of a scan is forgotten by its own functions. Compiled code
stays, for the next scan of the same shape finds it (1 s of CPU instead of 5); but each shape has its own, 24 MiB at 3 angles
and 32 to 48 frames, so that it is dropped once the process has grown by most_compiled_bytes. What is needed again is
then read from the JIT cache.
"""

import ctypes
import gc
import logging
import os
import sys
import threading


def install(after_import):
    after_import("homodyne.data.performance_engine", _stop_at_once)


def _stop_at_once(module):
    """homodyne's loop sleeps a second between two looks, and who stops it waits for that; this one is woken."""

    def _performance_monitoring_loop(self):
        pause_s = 0.0
        while not self._shutdown_event.wait(pause_s):
            try:
                self._update_performance_metrics()
                self._detect_bottlenecks()
                pause_s = 1.0
            except Exception as error:
                module.logger.warning(f"Performance monitoring error: {error}")
                pause_s = 5.0

    getattr(module.PerformanceEngine, "_performance_monitoring_loop")  # what is not there would be replaced for nobody
    module.PerformanceEngine._performance_monitoring_loop = _performance_monitoring_loop


class Afterwards:
    def __init__(self, most_compiled_bytes):
        self._most_compiled_bytes = most_compiled_bytes
        self._gc_threshold = gc.get_threshold()
        self._settled_bytes = None

    def tidy(self):
        _close_logs()
        before = logging.root.manager.disable
        logging.disable(logging.WARNING)  # what is told of this is not of the analysis
        try:
            self._tidy()
        finally:
            logging.disable(before)

    def _tidy(self):
        if "matplotlib.pyplot" in sys.modules:
            sys.modules["matplotlib.pyplot"].close("all")
        _end_threads()
        _forget_the_scan()
        gc.set_threshold(*self._gc_threshold)  # where memory is short each analysis halves it, down to no collection
        _give_back()
        if self._settled_bytes is None:
            gc.freeze()  # what was imported is not looked through again: .02 s a collection instead of .27
            self._settled_bytes = resident_bytes()
        elif resident_bytes() > self._settled_bytes + self._most_compiled_bytes and "jax" in sys.modules:
            sys.modules["jax"].clear_caches()
            _give_back()
            self._settled_bytes = resident_bytes()


def resident_bytes():
    with open("/proc/self/statm", encoding="ascii") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _close_logs():
    # homodyne closes its handlers at the next start only, and its log would stay open until then.
    for handler in list(logging.getLogger("homodyne").handlers):
        if getattr(handler, "_homodyne_managed", False):
            logging.getLogger("homodyne").removeHandler(handler)
            handler.close()


def _end_threads():
    """Of PerformanceEngine, with its pools and open files, and of MemoryPressureMonitor; nobody else holds them."""
    for thread in threading.enumerate():
        owner = getattr(getattr(thread, "_target", None), "__self__", None)
        if type(owner).__module__.startswith("homodyne."):
            stop = getattr(owner, "shutdown", None) or getattr(owner, "stop_monitoring", None)
            if stop is not None:
                stop()


def _forget_the_scan():
    """What would be found again by less than it depends on."""
    for module, forget in (
        ("homodyne.core.jax_backend", "clear_meshgrid_cache"),  # by length and ends of the time axes
        ("homodyne.optimization.nlsq.adapter", "clear_model_cache"),  # by the address of an array that is no more
    ):
        if module in sys.modules:
            getattr(sys.modules[module], forget)()


def _give_back():
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc keeps what was freed
    if trim is not None:
        trim(0)
