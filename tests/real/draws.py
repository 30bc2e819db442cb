"""Draws of a samples.npz, by parameter."""
import numpy as np


def by_name(path):
    with np.load(path) as f:
        samples = f["samples"].reshape(-1, f["samples"].shape[-1])
        return {str(n): samples[:, i] for i, n in enumerate(f["param_names"])}
