"""homodyne's own numpyro model as a density: of blocks of points, and of the prior.

A block holds points of one angle, each pair of times once. `x` are the sampling sites in the order of the trace; a site with a
positive support (sigma) stands as its logarithm. Densities are with respect to x. Outside of a site's support: -infinity.
"""

import functools
import json
import os

import numpy as np

from ..files import own_file
from . import priors

LEAST_BLOCK, LARGEST_BLOCK, BLOCKS = 4096, 65536, 256
COARSE_PAIRS = 100_000  # of a subset from which the search for maxima begins
ROWS = 32  # parameter vectors a call: one compiled program for any number
ARRAYS = ("values", "first", "second", "count", "angle")


class Unfit(ValueError):
    """One line: why the model cannot be used as a density."""


def blocks_of(kwargs):
    """The points in blocks, and how often each pair of times is counted.

    homodyne has both triangles of a symmetric matrix: where that is so, one is kept and counts twice.
    """
    angle = np.asarray(kwargs["phi_indices"])
    data = np.asarray(kwargs["data"], dtype=np.float64)
    grid = _grid(kwargs, kwargs["t1"], kwargs["t2"])
    first, second = np.asarray(grid.idx1, dtype=np.int32), np.asarray(grid.idx2, dtype=np.int32)
    frames = int(np.asarray(kwargs["time_grid"]).shape[0])
    angles = [np.flatnonzero(angle == a) for a in range(int(kwargs["n_phi"]))]
    pairs = [_pairs(first[at], second[at], data[at], frames) for at in angles]
    symmetric = all(kept is not None for kept in pairs)
    chosen = [at[kept] if symmetric else at for at, kept in zip(angles, pairs, strict=True)]
    longest = max(len(at) for at in chosen)
    a_angle = max(1, BLOCKS // len(chosen), -(-longest // LARGEST_BLOCK))
    size = min(longest, max(LEAST_BLOCK, -(-longest // a_angle)))
    parts = [(a, at[i : i + size]) for a, at in enumerate(chosen) for i in range(0, len(at), size)]
    out = {
        "values": np.zeros((len(parts), size)),
        "first": np.zeros((len(parts), size), dtype=np.int32),
        "second": np.zeros((len(parts), size), dtype=np.int32),
        "count": np.array([len(at) for _, at in parts], dtype=np.int32),
        "angle": np.array([a for a, _ in parts], dtype=np.int32),
        "coarse": np.zeros(len(parts), dtype=bool),
    }
    out["coarse"][_spread(out["angle"], max(1, sum(map(len, chosen)) // COARSE_PAIRS))] = True
    for row, (_, at) in enumerate(parts):
        out["values"][row, : len(at)] = data[at]
        out["first"][row, : len(at)] = first[at]
        out["second"][row, : len(at)] = second[at]
    return out, 2 if symmetric else 1


def _spread(angle, every):
    """Of the blocks of each angle one in so many, at least one, of other times for each angle."""
    out = []
    for number, a in enumerate(np.unique(angle)):
        rows = np.flatnonzero(angle == a)
        out.extend(rows[number % min(every, len(rows)) :: every])
    return out


def _pairs(first, second, data, frames):
    """Of the points of one angle those with first < second, if each has its mirror image; else None."""
    key = np.minimum(first, second).astype(np.int64) * frames + np.maximum(first, second)
    order = np.lexsort((first, key))
    key, at = key[order], order
    if len(key) % 2 or not np.array_equal(key[::2], key[1::2]) or np.any(key[2::2] == key[1:-1:2]):
        return None
    upper, lower = at[::2], at[1::2]
    mirrored = np.array_equal(first[upper], second[lower]) and np.array_equal(second[upper], first[lower])
    return np.sort(upper) if mirrored and np.array_equal(data[upper], data[lower]) else None


def _grid(kwargs, t1, t2):
    from homodyne.core.physics_cmc import precompute_shard_grid

    return precompute_shard_grid(kwargs["time_grid"], t1, t2, kwargs["dt"])


_PLAIN = ("q", "L", "dt", "analysis_mode", "n_phi", "noise_scale", "per_angle_mode", "t_ref", "nlsq_prior_config")
_NUMBERS = ("phi_unique", "time_grid", "fixed_contrast", "fixed_offset", "wavevector_q_squared_half_dt", "sinc_prefactor")


def describe(kwargs, config_path):
    """What the model needs beside the points, as JSON."""
    reparam = kwargs.get("reparam_config")
    return {
        "config": config_path,
        "reparam": None if reparam is None else {k: getattr(reparam, k) for k in ("enable_d_ref", "enable_gamma_ref", "t_ref")},
        **{key: kwargs.get(key) for key in _PLAIN},
        **{key: None if kwargs.get(key) is None else np.asarray(kwargs[key], dtype=np.float64).tolist() for key in _NUMBERS},
    }


def arguments_of(described):
    """The inverse of describe(): homodyne's keyword arguments, without the points."""
    import jax.numpy as jnp
    import yaml
    from homodyne.config.parameter_space import ParameterSpace
    from homodyne.optimization.cmc.reparameterization import ReparamConfig
    from homodyne.optimization.cmc.scaling import compute_scaling_factors

    with open(described["config"], encoding="utf-8") as f:
        config = yaml.safe_load(f)
    space = ParameterSpace.from_config(config_dict=config, analysis_mode=config["analysis_mode"])
    kwargs = {key: described[key] for key in _PLAIN if described[key] is not None}
    kwargs |= {key: jnp.asarray(described[key]) for key in _NUMBERS if described[key] is not None}
    kwargs["parameter_space"] = space
    kwargs["scalings"] = compute_scaling_factors(space, kwargs["n_phi"], kwargs["analysis_mode"])
    if described["reparam"] is not None:
        kwargs["reparam_config"] = ReparamConfig(**described["reparam"])
    return kwargs


def model_of(kwargs):
    from homodyne.optimization.cmc.model import get_xpcs_model

    return get_xpcs_model(kwargs["per_angle_mode"], use_reparameterization="reparam_config" in kwargs)


def without_fit(kwargs):
    """The same model under the priors of the YAML alone."""
    return {k: v for k, v in kwargs.items() if k not in ("nlsq_prior_config", "reparam_config", "t_ref")}


class Sites:
    """The sampling sites of a model, and the way from x to their values."""

    def __init__(self, model, kwargs):
        from jax import random
        from numpyro import handlers
        from numpyro.distributions import constraints

        self.model = model
        # No points are needed to know the sites: one of each kind of argument will do.
        self.kwargs = {**kwargs, **_no_points(kwargs), "num_shards": 1}
        trace = handlers.trace(handlers.seed(model, random.PRNGKey(0))).get_trace(**self.kwargs)
        self.fn = {n: s["fn"] for n, s in trace.items() if s["type"] == "sample" and not s["is_observed"]}
        self.names = list(self.fn)
        self.logs = [n for n in self.names if self.fn[n].support is constraints.positive]
        self.derived = [
            n for n, s in trace.items()
            if s["type"] == "deterministic" and np.ndim(s["value"]) == 0 and n != "n_numerical_issues"
        ]  # fmt: skip

    def values(self, x):
        import jax.numpy as jnp

        return {n: jnp.exp(x[i]) if n in self.logs else x[i] for i, n in enumerate(self.names)}

    def log_prior(self, x):
        import jax.numpy as jnp

        total = 0.0
        for i, n in enumerate(self.names):
            value = jnp.exp(x[i]) if n in self.logs else x[i]
            inside = self.fn[n].support(value)
            total += jnp.where(inside, self.fn[n].log_prob(value), -jnp.inf) + (x[i] if n in self.logs else 0.0)
        return total

    def trace(self, x, kwargs=None):
        import jax
        from numpyro import handlers

        seeded = handlers.seed(self.model, jax.random.PRNGKey(0))
        return handlers.trace(handlers.substitute(seeded, self.values(x))).get_trace(**(kwargs or self.kwargs))

    def parameters(self, x):
        """Sites and what the model derives from them; contrast and offset sites of scaled parameters keep their _z."""
        got = self.trace(x)
        return {n: got[n]["value"] for n in self.names + self.derived}

    def described(self):
        return priors.describe(self.model, self.kwargs)


def _no_points(kwargs):
    import jax.numpy as jnp

    zero = jnp.zeros(1, dtype=jnp.int32)
    return {
        "data": jnp.ones(1), "t1": jnp.zeros(1), "t2": jnp.zeros(1), "phi_indices": zero, "point_idx": zero,
        "shard_grid": _grid(kwargs, jnp.zeros(1), jnp.zeros(1)),
    }  # fmt: skip


class Likelihood:
    """Of blocks of points: what homodyne's `obs` site says."""

    def __init__(self, sites, kwargs):
        self.sites, self.kwargs = sites, kwargs
        self.dimensions = len(sites.names)

    def observed(self, x, block):
        """The distribution of one block's points. One angle is computed; its index reaches contrast and offset alone."""
        import jax.numpy as jnp
        from homodyne.core.physics_cmc import ShardGrid

        values, first, second, count, angle = block
        size = values.shape[0]
        whole = self.sites.kwargs["shard_grid"]
        kwargs = {
            **self.sites.kwargs,
            "data": values,
            "t1": jnp.zeros(size),
            "t2": jnp.zeros(size),
            # g1 has one row, of this angle: an index beyond it reads the last one, as jax defines it.
            "phi_unique": jnp.reshape(self.sites.kwargs["phi_unique"][angle], (1,)),
            "phi_indices": jnp.full(size, angle),
            "point_idx": jnp.arange(size),
            "shard_grid": ShardGrid(whole.time_safe, first, second, whole.dt_safe),
        }
        kwargs.pop("global_phi_unique", None)
        return self.sites.trace(x, kwargs)["obs"]["fn"], jnp.arange(size) < count

    def sum_of(self, x, block):
        """The log-likelihood of one block's points."""
        import jax.numpy as jnp

        fn, there = self.observed(x, block)
        return jnp.sum(jnp.where(there, fn.log_prob(block[0]), 0.0))

    @functools.cached_property
    def sums(self):
        """(ROWS, dimensions), block -> ROWS sums of log-likelihoods."""
        import jax

        return jax.jit(lambda X, *block: jax.lax.map(lambda x: self.sum_of(x, block), X))

    @functools.cached_property
    def quadratic(self):
        """x, block -> -log-likelihood, its gradient, and Fisher's information of the points, by homodyne's noise model."""
        import jax
        import jax.numpy as jnp

        def mean_and_scale(x, block):
            fn, _ = self.observed(x, block)
            # homodyne's noise is one number for all points.
            return fn.loc, jnp.log(jnp.reshape(fn.scale, ()))

        def of(x, *block):
            there = jnp.arange(block[0].shape[0]) < block[3]
            (mean, log_scale), pushed = jax.linearize(lambda at: mean_and_scale(at, block), x)
            slopes, scale_slopes = jax.vmap(pushed)(jnp.eye(self.dimensions))
            scale, count = jnp.exp(log_scale), block[3]
            r = jnp.where(there, (block[0] - mean) / scale, 0.0)
            slopes = jnp.where(there, slopes, 0.0) / scale
            gradient = -(slopes @ r) + scale_slopes * (count - r @ r)
            return self.sum_of(x, block), gradient, slopes @ slopes.T + 2.0 * count * jnp.outer(scale_slopes, scale_slopes)

        return jax.jit(of)

    def residuals(self, x, block):
        """Of (observed - model) / sigma: points, sum of squares; of neighbours in time: pairs, sum of squared differences."""
        values, first, second, count, _ = (np.asarray(part) for part in block)
        fn, _ = self.observed(x, block)
        r = ((values - np.asarray(fn.loc)) / np.asarray(fn.scale))[:count]
        beside = (np.diff(first[:count]) == 0) & (np.diff(second[:count]) == 1)
        return float(count), float(r @ r), float(np.count_nonzero(beside)), float(np.sum(np.diff(r)[beside] ** 2))


def timed(model, kwargs, most=8192):
    """How long one evaluation takes: points of the first angle, and seconds on one core, the best of some."""
    import time

    import jax
    import jax.numpy as jnp

    at = np.flatnonzero(np.asarray(kwargs["phi_indices"]) == 0)[:most]
    t1, t2 = (jnp.asarray(np.asarray(kwargs[name])[at]) for name in ("t1", "t2"))
    grid = _grid(kwargs, t1, t2)
    data = jnp.asarray(np.asarray(kwargs["data"])[at])
    block = (data, jnp.asarray(grid.idx1), jnp.asarray(grid.idx2), jnp.asarray(len(at)), jnp.asarray(0))
    sites = Sites(model, kwargs)
    likelihood = Likelihood(sites, kwargs)
    x = jnp.zeros((4, len(sites.names)))
    # As the workers do it: several parameter vectors a call, so that a call's own time does not count.
    of_rows = jax.jit(lambda rows, *part: jax.lax.map(lambda row: likelihood.sum_of(row, part), rows))
    jax.block_until_ready(of_rows(x, *block))
    best = np.inf
    for _ in range(5):
        began = time.perf_counter()
        jax.block_until_ready(of_rows(x, *block))
        best = min(best, time.perf_counter() - began)
    return {"points": len(at), "seconds": best / len(x)}


def save(folder, blocks, facts):
    for name, array in blocks.items():
        with open(os.path.join(folder, f"{name}.npy"), "wb", opener=own_file.opener) as f:
            np.save(f, array)
    path = os.path.join(folder, "model.json")
    with open(path + ".tmp", "w", encoding="utf-8", opener=own_file.opener) as f:
        json.dump(facts, f)
    os.replace(path + ".tmp", path)  # the last: who finds it finds the arrays


def load(folder):
    with open(os.path.join(folder, "model.json"), encoding="utf-8") as f:
        return json.load(f)


def load_blocks(folder, first, last):
    """Those of a slice, in memory of this process; and which of them are of the coarse subset."""
    import jax.numpy as jnp

    coarse = np.load(os.path.join(folder, "coarse.npy"))[first:last]
    whole = [np.load(os.path.join(folder, f"{name}.npy"), mmap_mode="r") for name in ARRAYS]
    return [tuple(jnp.asarray(np.array(array[i])) for array in whole) for i in range(first, last)], coarse
