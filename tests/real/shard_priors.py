#!/usr/bin/env python3
"""shard_priors.py CONFIG.yaml RUN: exit 0 when the captured draws themselves show the YAML's priors and bounds.

From the draws alone: value = mid + half tanh((center + scale z - mid) / half) for every z, with the YAML's
center, scale and bounds (homodyne optimization/cmc/scaling.py).
"""
import glob
import sys

import numpy as np
import yaml

config = yaml.safe_load(open(sys.argv[1], encoding="utf-8"))
bounds = {b["name"]: b for b in config["parameter_space"]["bounds"]}
files = sorted(glob.glob(sys.argv[2] + "/parts/*/shards/*.npz"))
checked = 0
for path in files:
    with np.load(path) as f:
        names = [str(n) for n in f["param_names"]]
        draws = {n: f["samples"][..., i].ravel() for i, n in enumerate(names)}
    for name in ("D0", "alpha", "D_offset"):
        b = bounds[name]
        low, high = b["min"], b["max"]
        scale = max(b["prior_sigma"], (high - low) / 10)
        mid, half = (low + high) / 2, (high - low) / 2
        expected = mid + half * np.tanh((b["prior_mu"] + scale * draws[name + "_z"] - mid) / half)
        if not np.allclose(expected, draws[name], rtol=1e-9, atol=1e-9 * half):
            # The centre and scale that were used instead, for the message.
            raw = mid + half * np.arctanh(np.clip((draws[name] - mid) / half, -0.999999, 0.999999))
            fit = np.polyfit(draws[name + "_z"], raw, 1)
            sys.exit(f"{path}: {name} was sampled with centre {fit[1]:.6g}, scale {fit[0]:.6g}; YAML {b['prior_mu']:g}, {scale:g}")
        checked += 1
if checked != 3 * len(files) or not files:
    sys.exit("nothing to check")
print(f"{len(files)} shards: centre, scale and bounds are the YAML's")
