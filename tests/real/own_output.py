#!/usr/bin/env python3
"""own_output.py DRAWS.npz SHARDS CHAINS FOLDER: homodyne's own combination of shards as its output folder."""
import json
import os
import sys

import numpy as np

draws, shards, chains, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4] + "/cmc"
os.makedirs(folder)
with np.load(draws) as f:
    samples, names = f["samples"], f["param_names"]
samples = samples[: len(samples) // chains * chains]
np.savez(folder + "/samples.npz", samples=samples, param_names=names)
summary = {"n_samples": len(samples) // chains, "n_warmup": 0, "n_chains": chains, "total_samples": len(samples)}
with open(folder + "/parameters.json", "w") as f:
    json.dump({"analysis_mode": "static", "method": "cmc", "sampling_summary": summary}, f)
with open(folder + "/diagnostics.json", "w") as f:
    json.dump({"sampling_efficiency": {"divergences": 0}, "cmc_specific": {"num_shards": shards}}, f)
