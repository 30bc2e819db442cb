#!/usr/bin/env python3
"""same_draws.py A.npz B.npz: exit 0 when both samples.npz hold bitwise equal draws of the same parameters."""
import sys

import numpy as np

with np.load(sys.argv[1]) as a, np.load(sys.argv[2]) as b:
    if list(a["param_names"]) != list(b["param_names"]) or not np.array_equal(a["samples"], b["samples"]):
        sys.exit("the draws differ")
    print(a["samples"].shape)
