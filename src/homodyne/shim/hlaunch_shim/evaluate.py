"""homodyne's own combination of the captured shards, and homodyne's own model at the merged parameters.

Nothing is sampled: where homodyne would sample it is handed hlaunch's merged draws, and writes what it
writes after any run (fitted_data.npz, pictures where asked). Its own combination of the very same shards
is kept beside, for comparison.
"""

import glob
import os

from .files import npz


def _captured(task):
    import numpy as np

    files = {}
    for folder in task["shard_dirs"]:
        for path in glob.glob(os.path.join(folder, "[0-9]*.npz")):
            files[int(os.path.basename(path)[:-4])] = path
    for index in sorted(files):
        with np.load(files[index]) as f:
            yield index, f["samples"], [str(n) for n in f["param_names"]], int(f["divergent"])


def _as_samples(draws, names):
    from homodyne.optimization.cmc.sampler import MCMCSamples

    return MCMCSamples(
        samples={name: draws[:, :, i] for i, name in enumerate(names)},
        param_names=list(names),
        n_chains=draws.shape[0],
        n_samples=draws.shape[1],
        extra_fields={},
    )


def _write_own_combination(task, config):
    import numpy as np
    from homodyne.optimization.cmc.backends.base import combine_shard_samples

    kept = [
        _as_samples(draws, names)
        for _, draws, names, divergent in _captured(task)
        if divergent <= config.max_divergence_rate * draws.shape[0] * draws.shape[1]
    ]
    if not kept:
        return
    combined = combine_shard_samples(kept, method=config.combination_method)
    names = sorted(n for n in combined.param_names if np.asarray(combined.samples[n]).ndim == 2)
    npz.write(
        task["own_combination"],
        samples=np.stack([np.asarray(combined.samples[n]).reshape(-1) for n in names], axis=-1),
        param_names=np.array(names),
        method=np.array(str(config.combination_method)),
        shards=np.int64(len(kept)),
    )


def _merged(task):
    import numpy as np

    with np.load(task["merged_samples"]) as f:
        draws, names = f["samples"], [str(n) for n in f["param_names"]]
    chains = int(task["merged_chains"])
    return _as_samples(draws.reshape(chains, -1, draws.shape[1]), names)


def install(after_import, task):
    def backend(module):
        def run(self, model, model_kwargs, config, **kwargs):
            _write_own_combination(task, config)
            return _merged(task)

        module.MultiprocessingBackend.run = run

    def core(module):
        def run_nuts_sampling(model, model_kwargs, config, **kwargs):
            from homodyne.optimization.cmc.sampler import SamplingStats

            _write_own_combination(task, config)
            return _merged(task), SamplingStats(warmup_time=0.0, sampling_time=0.0, total_time=0.0, num_divergent=0)

        module.run_nuts_sampling = run_nuts_sampling

    after_import("homodyne.optimization.cmc.backends.multiprocessing", backend)
    after_import("homodyne.optimization.cmc.core", core)
