#!/usr/bin/env python3
"""warm_program.py SHIM: NumPyro samplers as homodyne starts them, with the hooks of `hlaunch cache warm`. A line each: what was
seen of the program that draws, or that it drew."""
import sys

sys.path.insert(0, sys.argv[1])
from hlaunch_shim.process import jit_cache  # noqa: E402
from hlaunch_shim.sampling import warm  # noqa: E402
from hlaunch_shim.process.imports import after_import  # noqa: E402

jit_cache.install(after_import)
after_import("jax._src.compiler", warm._stop_at_sampler)
after_import("numpyro.infer.mcmc", warm._watch_sampling)

import jax  # noqa: E402
import numpyro  # noqa: E402
from numpyro.infer import MCMC, NUTS  # noqa: E402


def model():
    numpyro.sample("x", numpyro.distributions.Normal(0, 1))


for chains, method in ((2, "parallel"), (2, "sequential"), (1, "sequential"), (2, "vectorized")):
    for bar in (False, True):
        sampler = MCMC(NUTS(model), num_warmup=30, num_samples=31, num_chains=chains, chain_method=method, progress_bar=bar)
        try:
            sampler.run(jax.random.PRNGKey(0))
        except warm.Warmed as warmed:
            print(warmed.args[0]["state"])
        except RuntimeError:
            print("drew")
