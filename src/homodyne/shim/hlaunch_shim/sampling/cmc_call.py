"""homodyne's CMC up to where it would sample (homodyne 2.23.3: cli/commands.py, optimization/cmc/core.py).

What is to be sampled is asked of homodyne's own functions, so that nothing of its rules is written twice.
"""


class Stop(BaseException):
    """Thrown where homodyne would sample; carries what it was about to sample with."""

    def __init__(self, model, kwargs, config, shards):
        super().__init__()
        self.model, self.kwargs, self.config, self.shards = model, kwargs, config, shards


def _number_angles_once():
    """homodyne numbers the angle of each point by a table of points x angles: 2 GiB of 5.7 million points. One of each angle will do."""
    import functools

    import numpy as np
    from homodyne.optimization.cmc import data_prep

    theirs = data_prep.extract_phi_info
    if hasattr(theirs, "__wrapped__"):
        return

    @functools.wraps(theirs)
    def once(phi):
        each, which = np.unique(phi, return_inverse=True)
        unique, number = theirs(each)
        return unique, number[which]

    data_prep.extract_phi_info = once


class _NoShard:
    """Stands for a shard where only the number of shards is looked at."""

    n_total = 1


def arguments(config_path, method, *more):
    from homodyne.cli.args_parser import create_parser

    return create_parser().parse_args(
        ["--config", config_path, "--method", method, "--output-dir", "../out", *more]
    )


def prepared_data(args, config):
    """What homodyne would analyse: all angles of the file, and those of the filter without the first frame."""
    from homodyne.cli import commands

    data = commands._load_data(args, config)
    filtered = commands._apply_angle_filtering_for_optimization(data, config)
    return data, commands._exclude_t0_from_analysis(filtered)


class Call:
    """homodyne's call of its sampler, to be made with different settings on the same data."""

    def __init__(self, args, config, filtered):
        from homodyne.cli import commands
        from homodyne.optimization.cmc import core
        from homodyne.optimization.cmc.backends import multiprocessing as backend

        def run(self, model, model_kwargs, config, shards=None, **kwargs):
            raise Stop(model, model_kwargs, config, shards)

        def single(model, model_kwargs, config, **kwargs):
            raise Stop(model, model_kwargs, config, None)

        backend.MultiprocessingBackend.run = run
        core.run_nuts_sampling = single
        _number_angles_once()
        self.args, self.config, self.filtered = args, config, filtered
        self.pooled = commands._pool_mcmc_data(filtered)
        self.space = commands.ParameterSpace.from_config(
            config_dict=config.config, analysis_mode=config.config["analysis_mode"]
        )

    def until_sampling(self, num_shards=None, nlsq_result=None):
        """The Stop; None where homodyne came back without one."""
        from homodyne.cli import commands
        from homodyne.optimization.cmc import core

        config, filtered = self.config.config, self.filtered
        cmc_config = commands._prepare_cmc_config(self.args, self.config)
        cmc_config.setdefault("validation", {})["require_nlsq_warmstart"] = False
        if num_shards is not None:
            cmc_config.setdefault("sharding", {})["num_shards"] = num_shards
        analyzer = config.get("analyzer_parameters", {})
        try:
            core._fit_mcmc_jax_impl(
                self.pooled["mcmc_data"], t1=self.pooled["t1_pooled"], t2=self.pooled["t2_pooled"],
                phi=self.pooled["phi_pooled"], q=float(filtered["wavevector_q_list"][0]),
                L=float(analyzer.get("geometry", {}).get("stator_rotor_gap", 2e6)),
                analysis_mode=config["analysis_mode"], method="cmc", cmc_config=cmc_config, initial_values=None,
                parameter_space=self.space, dt=analyzer.get("dt"), nlsq_result=nlsq_result,
            )
        except Stop as stop:
            return stop
        return None

    def of_all_points(self, nlsq_result=None):
        """As until_sampling, with the model's arguments for all points; no shards are cut."""
        from homodyne.optimization.cmc import core

        cutters = ("shard_data_angle_balanced", "shard_data_random", "shard_data_stratified")
        before = {name: getattr(core, name) for name in cutters}
        try:
            for name in cutters:
                setattr(core, name, lambda *args, **kwargs: [_NoShard(), _NoShard()])
            return self.until_sampling(num_shards=2, nlsq_result=nlsq_result)
        finally:
            for name, function in before.items():
                setattr(core, name, function)
