#!/usr/bin/env python3
"""jit_program.py: some compiled work, with random numbers as a sampler draws them. Prints a digest of the result and
what the cache did, as JSON; with "worker" from a spawned process, as homodyne's own are."""
import hashlib
import json
import multiprocessing
import sys


def work():
    import importlib.util

    import jax

    jax.config.update("jax_enable_x64", True)
    if importlib.util.find_spec("nlsq"):
        import nlsq  # noqa: F401  sets a cache folder and a floor of its own
    import jax.numpy as jnp
    import numpy as np
    from jax._src import compilation_cache

    @jax.jit
    def chain(key):
        def step(x, k):
            proposal = x + 0.1 * jax.random.normal(k, x.shape)
            ratio = jnp.sum(x**2) - jnp.sum(jnp.sin(proposal) ** 2)
            x = jnp.where(jnp.log(jax.random.uniform(k)) < ratio, proposal, x)
            return x, jnp.linalg.cholesky(jnp.eye(7) + jnp.outer(x, x))

        return jax.lax.scan(step, jnp.ones(7), jax.random.split(key, 200))

    draws = [np.asarray(a).tobytes() for seed in range(3) for a in jax.tree.leaves(chain(jax.random.key(seed)))]
    extra = [np.asarray(jax.jit(lambda x, n=n: jnp.sort(jnp.sin(x) * n)[::-1])(jnp.arange(50.0))).tobytes() for n in range(8)]
    cache = compilation_cache._cache
    return {
        "digest": hashlib.sha256(b"".join(draws + extra)).hexdigest(),
        "folder": getattr(cache, "folder", None),
        "hits": getattr(cache, "hits", None),
        "misses": getattr(cache, "misses", None),
        "torn": getattr(cache, "torn", None),
        "enabled": jax.config.jax_enable_compilation_cache,
        "floor_s": jax.config.jax_persistent_cache_min_compile_time_secs,
    }


if __name__ == "__main__":
    if sys.argv[1:] == ["worker"]:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            print(json.dumps(pool.apply(work)))
    else:
        print(json.dumps(work()))
