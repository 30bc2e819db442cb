#!/usr/bin/env python3
"""compare_shards.py DIR_A DIR_B: exit 0 when both run folders hold the same shards with bitwise equal draws."""
import glob
import os
import sys

import numpy as np


def shards(folder):
    return {os.path.basename(p): p for p in glob.glob(os.path.join(folder, "parts", "*", "shards", "*.npz"))}


a, b = shards(sys.argv[1]), shards(sys.argv[2])
if not a or set(a) != set(b):
    sys.exit(f"other shards: {sorted(a)} and {sorted(b)}")
for name in sorted(a):
    with np.load(a[name]) as x, np.load(b[name]) as y:
        if list(x["param_names"]) != list(y["param_names"]) or not np.array_equal(x["samples"], y["samples"]):
            sys.exit(f"{name} differs: {a[name]} and {b[name]}")
print(f"{len(a)} shards, bitwise equal")
