#!/usr/bin/env python3
"""Makes psis.npz, which the unit tests of src/posterior compare with: log weights, and ArviZ's smoothed log weights and
k-hat of them (written with arviz 1.3.0)."""
import pathlib

import numpy as np
from arviz_stats.base import array_stats

rng = np.random.default_rng(20261130)
out = {}
with_zeros = 0.9 * rng.standard_normal(400)
with_zeros[rng.choice(400, 60, replace=False)] = -np.inf
for name, log_weights in {
    "light": 0.3 * rng.standard_normal(500),
    "heavy": 1.5 * rng.standard_normal(500),
    "pareto": -0.8 * np.log(rng.uniform(size=1000)) - 4000.0,
    "few": rng.standard_normal(60),
    "bounded": np.log(rng.uniform(size=300)),
    "with_zeros": with_zeros,
}.items():
    smoothed, k_hat = array_stats.psislw(-log_weights)
    out[name] = log_weights
    out[name + "_smoothed"] = smoothed
    out[name + "_k_hat"] = np.array([k_hat])
np.savez_compressed(pathlib.Path(__file__).parent / "psis.npz", **out)
