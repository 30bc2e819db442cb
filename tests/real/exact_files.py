#!/usr/bin/env python3
"""exact_files.py MERGED [TRUTH.json SD]: the files of an exact posterior are what homodyne's readers and writers of NUTS results expect,
and agree with each other; every physical parameter is within SD of the truth."""
import json
import sys

import numpy as np

with np.load(sys.argv[1] + "/cmc/samples.npz") as npz:
    samples, names = npz["samples"], [str(n) for n in npz["param_names"]]
assert samples.ndim in (2, 3) and samples.shape[-1] == len(names), (samples.shape, names)
assert samples.dtype == np.float64 and np.isfinite(samples).all()
flat = samples.reshape(-1, len(names))
assert len(np.unique(flat, axis=0)) >= 0.9 * len(flat)
with np.load(sys.argv[1] + "/cmc/posterior_draws.npz") as npz:
    weights, drawn, all_names = np.exp(npz["log_weights"]), npz["samples"], [str(n) for n in npz["param_names"]]
    assert len(npz["log_density"]) == len(npz["log_likelihood"]) == len(npz["log_prior"]) == len(drawn)
assert abs(weights.sum() - 1.0) < 1e-9
parameters = json.load(open(sys.argv[1] + "/cmc/parameters.json"))["parameters"]
json.load(open(sys.argv[1] + "/cmc/diagnostics.json"))
for i, name in enumerate(names):
    column = drawn[:, all_names.index(name)]
    mean = weights @ column
    sd = np.sqrt(weights @ (column - mean) ** 2)
    assert abs(parameters[name]["mean"] - mean) < 0.15 * sd, (name, parameters[name], mean, sd)
    assert abs(flat[:, i].mean() - mean) < 0.25 * sd, (name, flat[:, i].mean(), mean, sd)
    assert 0.85 < flat[:, i].std() / sd < 1.15, (name, flat[:, i].std(), sd)
if len(sys.argv) > 2:
    truth = json.load(open(sys.argv[2]))["parameters"]
    pulls = {n: (parameters[n]["mean"] - v) / parameters[n]["std"] for n, v in truth.items()}
    print(*(f"{n} {p:+.2f}" for n, p in pulls.items()))
    sys.exit(not all(abs(p) < float(sys.argv[3]) for p in pulls.values()))
