#!/usr/bin/env python3
"""Pathfinder (BlackJAX) with importance weights on the density that the workers of an exact posterior serve, in one process.

usage: pathfinder.py POINTS ANSWER       POINTS: the folder posterior/points of a run; ANSWER: JSON
"""
import json
import os
import sys
import time

REPO = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# In the place of this folder, whose queue.py would be taken for Python's own.
sys.path[0] = REPO + "/src/homodyne/shim"
import jax

jax.config.update("jax_enable_x64", True)
import blackjax
import jax.numpy as jnp
import numpy as np
from arviz_stats.base import array_stats
from hlaunch_shim.density import model as density_model

PATHS, DRAWS = 4, 1000


def main():
    points, answer = sys.argv[1:3]
    facts = density_model.load(points)
    kwargs = density_model.arguments_of(facts["arguments"])
    sites = density_model.Sites(density_model.model_of(kwargs), kwargs)
    likelihood = density_model.Likelihood(sites, kwargs)
    blocks, _ = density_model.load_blocks(points, 0, facts["blocks"])
    stacked = tuple(jnp.stack([block[i] for block in blocks]) for i in range(len(blocks[0])))

    def log_density(x):
        sums = jax.lax.map(lambda block: likelihood.sum_of(x, block), stacked)
        return facts["times_counted"] * jnp.sum(sums) + sites.log_prior(x)

    began = time.time()
    centre = np.array([np.log(facts["noise_scale"]) if s["log"] else s["prior_loc"] for s in facts["sites"]])
    sd = np.array([0.1 if s["log"] else s["full_prior_scale"] for s in facts["sites"]])
    rng, draws, weights = np.random.default_rng(1), [], []
    evaluate = jax.jit(lambda X: jax.lax.map(log_density, X))
    for path in range(PATHS):
        key = jax.random.PRNGKey(path)
        state, _ = blackjax.vi.pathfinder.approximate(key, log_density, jnp.asarray(centre + 0.3 * path * sd * rng.normal(size=len(sd))))
        x, log_q = blackjax.vi.pathfinder.sample(key, state, DRAWS)
        draws.append(np.asarray(x))
        weights.append(np.asarray(evaluate(x)) - np.asarray(log_q))
    x, log_weights = np.vstack(draws), np.nan_to_num(np.concatenate(weights), nan=-1e300)
    smoothed, k_hat = array_stats.psislw(-(log_weights - log_weights.max()))
    w = np.exp(smoothed)
    w /= w.sum()
    found = jax.jit(lambda X: jax.lax.map(sites.parameters, X))(jnp.asarray(x))
    parameters = {}
    for name, values in found.items():
        values = np.asarray(values)
        mean = float(w @ values)
        parameters[name] = [mean, float(np.sqrt(w @ (values - mean) ** 2))]
    with open(answer, "w", encoding="utf-8") as f:
        json.dump({"seconds": time.time() - began, "k_hat": float(k_hat), "effective_draws": float(1 / (w**2).sum()), "parameters": parameters}, f)


if __name__ == "__main__":
    sys.exit(main())
