#!/usr/bin/env python3
"""homodyne_combination.py RUN OUT.npz: the captured shards of a run folder combined by homodyne's own function."""
import glob
import sys

import numpy as np
from homodyne.optimization.cmc.backends.base import combine_shard_samples
from homodyne.optimization.cmc.sampler import MCMCSamples

shards = []
for path in sorted(glob.glob(sys.argv[1] + "/parts/*/shards/*.npz"), key=lambda p: p[-9:]):
    with np.load(path) as f:
        names, draws = [str(n) for n in f["param_names"]], f["samples"]
    shards.append(MCMCSamples({n: draws[..., i] for i, n in enumerate(names)}, names, draws.shape[0], draws.shape[1], {}))
combined = combine_shard_samples(shards, method="robust_consensus_mc")
names = [n for n in combined.param_names if not n.endswith("_z") and n not in ("sigma", "n_numerical_issues")]
np.savez(sys.argv[2], samples=np.stack([np.asarray(combined.samples[n]).ravel() for n in names], -1), param_names=np.array(names))
