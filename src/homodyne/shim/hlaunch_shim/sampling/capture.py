"""Keep the draws of each shard as it ends, in the worker that drew them.

homodyne 2.23.3: optimization/cmc/backends/multiprocessing.py (_run_shard_worker) for two or more shards,
optimization/cmc/core.py (run_nuts_sampling) for a single one.
"""

import json
import os

from .. import application_version
from ..density import priors
from ..files import npz

_seen = {}  # what the last sampling of this process was given: the shard being worked on


def shard_path(folder, shard):
    return os.path.join(folder, f"{shard:05d}.npz")


def watch_sampler(original):
    """Wraps run_nuts_sampling: remembers model and arguments, which the result does not carry."""

    def run_nuts_sampling(model, model_kwargs, config, *args, **kwargs):
        _seen.clear()
        _seen["sites"] = priors.describe(model, dict(model_kwargs))
        _seen["model"] = model.__name__
        for key in ("dt", "q", "t_ref", "noise_scale", "per_angle_mode", "num_shards"):
            value = model_kwargs.get(key)
            _seen[key] = value if value is None or isinstance(value, str) else float(value)
        grid = model_kwargs.get("time_grid")
        _seen["t_max"] = float(grid[-1]) if grid is not None else None
        _seen["n_points"] = int(len(model_kwargs["data"]))
        _seen["analysis_mode"] = model_kwargs.get("analysis_mode")
        _seen["seed"] = config.seed
        return original(model, model_kwargs, config, *args, **kwargs)

    return run_nuts_sampling


def save(task, shard, samples, param_names, divergent, duration_s, n_warmup):
    import numpy as np

    names = [n for n in param_names if np.asarray(samples[n]).ndim == 2]
    meta = {
        key: _seen.get(key)
        for key in ("sites", "model", "analysis_mode", "per_angle_mode", "dt", "t_max", "q", "t_ref")
    }
    meta.update(
        run_key=task["run_key"],
        homodyne=application_version(),
        seed=_seen.get("seed"),
        noise_scale=_seen.get("noise_scale"),
        duration_s=duration_s,
        n_warmup=n_warmup,
        n_samples=int(np.asarray(samples[names[0]]).shape[1]),
    )
    npz.write(
        shard_path(task["capture_dir"], shard),
        samples=np.stack([np.asarray(samples[n], dtype=np.float64) for n in names], axis=-1),
        param_names=np.array(names),
        shard=np.int64(shard),
        num_shards=np.int64(task["num_shards"]),
        n_points=np.int64(_seen["n_points"]),
        divergent=np.int64(divergent),
        meta=np.array(json.dumps(meta)),
    )


def watch_worker(original, task):
    """Wraps _run_shard_worker: a shard's draws are on disk before homodyne hears of them."""
    shards = task["shards"]

    def _run_shard_worker(shard_idx, *args, **kwargs):
        if shard_idx >= len(shards):  # the companion of a lone shard: see slices.py
            return {
                "type": "result",
                "success": False,
                "shard_idx": shard_idx,
                "error": "companion of a lone shard, not run",
                "error_category": "sampling",
                "duration": 0.0,
            }
        result = original(shard_idx, *args, **kwargs)
        if result.get("success"):
            stats = result.get("stats", {})
            save(
                task,
                shards[shard_idx],
                result["samples"],
                result["param_names"],
                stats.get("num_divergent", 0),
                result.get("duration"),
                stats.get("n_warmup"),
            )
        return result

    return _run_shard_worker
