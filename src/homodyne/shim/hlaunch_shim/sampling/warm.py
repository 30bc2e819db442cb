"""Compile what a run would compile and draw nothing: each shard ends once its sampler is in the cache of compiled code.

NumPyro's sampler holds its data as constants, and the numbers of draws: only the run's own instances, with the run's own
shards, compile what it will look for. jax (0.8.2 to 0.12) gets every program from compile_or_get_cached, which has
written it when it returns; the sampler is stopped there, before it is called.
"""

import os
import re

from ..files import json_file

# What draws: pmap over the chains (jax 0.12: jit__fun, before: pmap__single_chain_mcmc), or one chain after the other.
_SAMPLER = re.compile(r"(jit__fun|single_chain_mcmc|_fori_collect_loop|__body_fn|_loop_fn)$")

_sampling = []  # not empty: in NumPyro's MCMC.run


class Warmed(BaseException):
    """Thrown where the first draw would be: homodyne handles every Exception."""


def marker(folder, shard):
    return os.path.join(folder, f"{shard:05d}.warm")


def _counts(module):
    cache = module.compilation_cache._cache
    return getattr(cache, "hits", 0), getattr(cache, "puts", 0), getattr(cache, "folder", "")


def _stop_at_sampler(module):
    original = module.compile_or_get_cached

    def compile_or_get_cached(backend, computation, *args, **kwargs):
        name = str(computation.operation.attributes["sym_name"]).strip('"')
        if not _sampling or not _SAMPLER.search(name):
            return original(backend, computation, *args, **kwargs)
        hits, puts, _ = _counts(module)
        original(backend, computation, *args, **kwargs)
        hits_after, puts_after, folder = _counts(module)
        state = "found" if hits_after > hits else "compiled" if puts_after > puts else "not kept"
        raise Warmed({"program": name, "state": state, "folder": folder})

    module.compile_or_get_cached = compile_or_get_cached


def _watch_sampling(module):
    original = module.MCMC.run

    def run(self, *args, **kwargs):
        _sampling.append(True)
        try:
            original(self, *args, **kwargs)
        finally:
            _sampling.pop()
        raise RuntimeError("hlaunch: the sampler was not among the programs that jax compiled; it ran to its end")

    module.MCMC.run = run


def _leave(task, shard, warmed):
    json_file.write(marker(task["warm"], shard), warmed.args[0])


def _watch_worker(module, task):
    original = module._run_shard_worker

    def _run_shard_worker(shard_idx, *args, **kwargs):
        try:
            return original(shard_idx, *args, **kwargs)
        except Warmed as warmed:
            _leave(task, task["shards"][shard_idx], warmed)
            # A success, since homodyne gives up where most of the first ten fail; without draws: see slices.py.
            return {"type": "result", "success": True, "shard_idx": shard_idx, "duration": 0.0}

    module._run_shard_worker = _run_shard_worker


def _watch_single(module, task):
    """One shard in all: homodyne samples it in the main process."""
    original = module.run_nuts_sampling

    def run_nuts_sampling(*args, **kwargs):
        try:
            return original(*args, **kwargs)
        except Warmed as warmed:
            _leave(task, 0, warmed)
            raise SystemExit(0) from None

    module.run_nuts_sampling = run_nuts_sampling


def install(after_import, task):
    """After slices.install, whose wraps these go around."""
    after_import("jax._src.compiler", _stop_at_sampler)
    after_import("numpyro.infer.mcmc", _watch_sampling)
    if task["task"] == "slice":
        after_import("homodyne.optimization.cmc.backends.multiprocessing", lambda module: _watch_worker(module, task))
    after_import("homodyne.optimization.cmc.core", lambda module: _watch_single(module, task))
