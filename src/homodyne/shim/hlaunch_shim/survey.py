"""What homodyne itself makes of a config and its data, before anything is started: points, angles, the
shards it will cut and their costs, the priors of the YAML, the version; and the config for the parts.

Everything is asked of homodyne's own functions (cli/commands.py, optimization/cmc/core.py), stopped
where it would sample. Writes one JSON file: the facts, or {"error": one line for the user}.
"""

import copy
import os
import sys

from . import KNOWN_VERSIONS, application_version, examine, watch_fit
from .config import decides as config_decides
from .config import file as config_file
from .config import keys as config_keys
from .density import model as density_model
from .files import json_file
from .process import xla_flags
from .sampling import cmc_call


NEAR_ENOUGH = 0.05  # of the q asked for


class BadInput(Exception):
    """One line for the user."""


def install(after_import, task):
    # homodyne uses a device while it is imported, and would abort there.
    after_import("jax", lambda module: _refuse_flags(task))

    def replace_main(module):
        module.main = lambda: main(task)

    after_import("homodyne.cli.main", replace_main)


def _refuse_flags(task):
    if refused := xla_flags.complaint(os.environ.get("XLA_FLAGS", "")):
        json_file.write(task["facts"], {"error": f"XLA_FLAGS: {refused}; every process of the run would abort, so take it out"})
        _end()


def main(task):
    answer(task)
    _end()


def answer(task):
    """Writes the facts, or what is wrong with the config or its data."""
    try:
        facts = survey(task)
    except (BadInput, ValueError) as error:
        facts = {"error": " ".join(str(error).split())}
    except Exception as error:  # homodyne's own refusal of the data or the config
        facts = {"error": " ".join(f"homodyne refuses it: {error}".split())}
    json_file.write(task["facts"], facts)


def answer_versions(task):
    """Before anything is imported: a tenth of a second. Returns where this Python has no homodyne."""
    from importlib.metadata import PackageNotFoundError

    try:
        json_file.write(task["facts"], _versions())
    except PackageNotFoundError:
        return
    os._exit(0)


def _end():
    sys.stdout.flush()
    os._exit(0)  # homodyne's thread pools need no orderly end: nothing was computed


def _versions():
    from importlib.metadata import PackageNotFoundError, version

    facts = {"homodyne": application_version(), "python": sys.version.split()[0], "executable": sys.executable}
    facts["known"] = facts["homodyne"] in KNOWN_VERSIONS
    try:
        facts["jaxlib"] = version("jaxlib")
    except PackageNotFoundError:
        facts["jaxlib"] = ""
    return facts


def survey(task):
    if not task["user_config"]:
        return _versions()
    config = config_file.load(task["user_config"])
    scan = task.get("scan") or {}
    user = copy.deepcopy(config)
    notes = _read_keys(config, task, scan)
    config_file.choose(config, scan)
    _check_config(config, task)
    config_file.derive(config, task["user_cwd"])
    if short := task.get("short_run"):
        config_file.shorten(config, short)
    for path in config_file.data_files(config):
        if not os.path.exists(path):
            raise BadInput(f"data file {path} (experimental_data in {task['user_config']}) is not there")
    own_seed = config_file.section(config, "optimization", "cmc").get("seed", 42)
    _write_configs(config, own_seed, task)

    facts = _versions()
    facts["data_files"] = config_file.data_files(config)
    facts["yaml_method"] = (config.get("optimization") or {}).get("method", "nlsq")
    facts["seed"] = own_seed
    facts["config_notes"] = notes
    if not facts["known"]:
        return facts
    facts.update(_ask_homodyne(task, facts["yaml_method"], user, notes))
    if facts["stratification_set"] is not None:
        config_file.section(config, "optimization", "stratification")["enabled"] = facts["stratification_set"]
        _write_configs(config, own_seed, task)
    if scan:
        _check_q(config, facts["q"])
    if (task.get("short_run") or {}).get("fix_shards") and "num_shards" in facts:
        # Whoever reads these configs cuts the shards that were counted here.
        config_file.section(config, "optimization", "cmc", "sharding")["num_shards"] = facts["num_shards"]
        _write_configs(config, own_seed, task)
    return facts


def _read_keys(config, task, scan):
    try:
        notes = config_keys.read(task["user_config"], config, application_version() in KNOWN_VERSIONS)
        if not scan.get("data"):
            config_file.refuse_data_named_twice(config, task["user_cwd"])
    except ValueError as error:
        if scan:  # what is said of a scan names its data, not the config
            raise BadInput(f"{task['user_config']}: {error}") from error
        raise
    return notes


def _check_q(config, found):
    """homodyne takes the nearest wavevector of the file, however far away it is."""
    wanted = ((config.get("analyzer_parameters") or {}).get("scattering") or {}).get("wavevector_q")
    if not isinstance(wanted, (int, float)) or abs(found - wanted) > NEAR_ENOUGH * wanted:
        raise BadInput(f"it has no q near {wanted} 1/A; the nearest is {found:.6g}")


def _write_configs(config, own_seed, task):
    _dump(config, task["config"], task)
    for seed, path in (task.get("replicas") or {}).items():
        own = dict(config)
        own["optimization"] = dict(config["optimization"])
        own["optimization"]["cmc"] = {**config["optimization"]["cmc"], "seed": int(own_seed) + int(seed)}
        _dump(own, path, task)


def _dump(config, path, task):
    config_file.dump(config, path)
    if task.get("stage"):
        config_file.dump(config_file.staged(config), path + ".staged")


def _check_config(config, task):
    path = task["user_config"]
    mode = config.get("analysis_mode")
    if not isinstance(mode, str) or not ("static" in mode.lower() or "laminar" in mode.lower()):
        raise BadInput(f"{path}: analysis_mode is {mode!r}; write static or laminar_flow")
    if not config_file.data_files(config):
        raise BadInput(
            f"{path}: experimental_data names no data file; set data_folder_path and data_file_name"
        )
    backend = ((config.get("optimization") or {}).get("cmc") or {}).get("backend_config") or {}
    if backend.get("name") in ("pbs", "pjit"):
        raise BadInput(
            f"{path}: optimization.cmc.backend_config.name is {backend['name']}, but hlaunch places the"
            " workers itself; write multiprocessing or auto"
        )


def _ask_homodyne(task, yaml_method, user, notes):
    from homodyne.cli import commands

    _silence_defaults(commands)
    method = {"auto": yaml_method}.get(task["method"], task["method"])

    def arguments():
        return cmc_call.arguments(task["config"], "nlsq" if method == "nlsq" else "cmc")

    args = arguments()
    config = commands._load_configuration(args)
    if "Default minimal" in str(config.config.get("metadata", {}).get("description", "")):
        raise BadInput(f"homodyne cannot use {task['user_config']} and would run its defaults instead")
    data, filtered = cmc_call.prepared_data(args, config)
    if not _some_angle_matches(config.config, data["phi_angles_list"]):
        raise BadInput(
            f"phi_filtering.target_ranges of {task['user_config']} match none of the angles"
            f" {[round(float(a), 3) for a in data['phi_angles_list']]}; homodyne would take all of them"
        )
    _check_numbers(filtered)
    facts = {
        "analysis_mode": "laminar_flow" if "laminar" in config.config["analysis_mode"].lower() else "static",
        "phi_degrees": [float(a) for a in filtered["phi_angles_list"]],
        "frames": int(filtered["c2_exp"].shape[-1]),
        "q": float(filtered["wavevector_q_list"][0]),
        "data_points": int(filtered["c2_exp"].size),
        "num_workers": _num_workers(config.config),
    }
    facts.update(_nlsq_memory(config.config, facts))
    facts["stratification_set"] = None if task.get("keep_stratification") else _stratification_that_works(config, facts)
    if task.get("nlsq_result"):
        facts["nlsq_examination"] = _examine_given(task, filtered, config)
    config.validate_per_angle_scaling(len(facts["phi_degrees"]))
    if not task.get("nlsq_result"):
        _check_start(config, facts["analysis_mode"])
    lines = config_keys.lines(task["user_config"])
    notes += config_decides.without_effect(user, lines, method != "nlsq")
    if method != "nlsq":
        stop_config, cmc = _ask_cmc(task, args, config, filtered)
        cmc["decides"] = config_decides.decides(commands, arguments, user)
        if not task.get("short_run"):
            notes += config_decides.overruled(user, lines, cmc["decides"], stop_config)
        facts.update(cmc)
    return facts


def _check_start(config, mode):
    """`values: null`, which the templates have and call the middle of the bounds, ends NLSQ."""
    from homodyne.optimization.nlsq import core

    try:
        values, _ = core._load_initial_params_from_config(config, mode)
        if values is not None:
            core._params_to_array(values, mode)
    except Exception as error:
        raise BadInput(
            f"initial_parameters: homodyne's NLSQ cannot start from these ({error}); write a list of values, one for each"
            " of parameter_names"
        ) from error


def _check_numbers(data):
    """homodyne fits what is there: of NaN comes NaN, of a constant whatever it began with."""
    import numpy

    c2 = numpy.asarray(data["c2_exp"])
    if bad := c2.size - int(numpy.count_nonzero(numpy.isfinite(c2))):
        raise BadInput(f"{bad} of the {c2.size} correlations to be analysed are no numbers (NaN or infinite)")
    if c2.size and c2.min() == c2.max():
        raise BadInput(f"all {c2.size} correlations to be analysed are {c2.flat[0]:.6g}: nothing was measured")
    for name in ("phi_angles_list", "wavevector_q_list"):
        if not numpy.all(numpy.isfinite(numpy.asarray(data[name], dtype=float))):
            raise BadInput(f"its {name} holds what is no number (NaN or infinite)")


def _some_angle_matches(config, angles):
    """False where homodyne's filter finds nothing and falls back to all angles (data/angle_filtering.py)."""
    from homodyne.data.angle_filtering import angle_in_range, normalize_angle_to_symmetric_range as normal

    phi = config.get("phi_filtering") or {}
    ranges = phi.get("target_ranges") or []
    if not phi.get("enabled", False) or not ranges:
        return True
    limits = [(normal(r.get("min_angle", -180)), normal(r.get("max_angle", 180))) for r in ranges]
    return any(angle_in_range(normal(float(a)), low, high) for a in angles for low, high in limits)


def _silence_defaults(commands):
    def refuse(args):
        raise BadInput("homodyne cannot read the config and would run its defaults instead")

    from homodyne.cli import config_handling

    config_handling._get_default_config = refuse


def _stratification_that_works(config, facts):
    """What optimization.stratification.enabled must be for a fit that moves; None: what it is.

    homodyne 2.23.3 evaluates points that it has stratified one by one below a million points, in a model that is then
    constant (nlsq/wrapper.py, _create_residual_function), and fails on a million and more that it has not
    (curve_fit_large). Either fit is "converged" at its start values.
    """
    stratified = examine.stratified(config, facts["data_points"], len(facts["phi_degrees"]))
    large = facts["data_points"] >= examine.STRATIFIED_FROM
    return None if stratified == large else large


def _examine_given(task, filtered, config):
    """Of an NLSQ result that others, or a former start, have made."""
    try:
        return examine.of_folder(task["nlsq_result"], filtered, config)
    except Exception as error:
        return watch_fit.failed(error)


def _num_workers(config):
    cmc = (config.get("optimization") or {}).get("cmc") or {}
    value = cmc.get("num_workers", (cmc.get("backend_config") or {}).get("num_workers"))
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise BadInput(f"optimization.cmc.num_workers is {value!r}; write a whole number from 1")
    return value


def _nlsq_memory(config, facts):
    """As optimization/nlsq/wrapper.py counts parameters before it asks select_nlsq_strategy."""
    from homodyne.optimization.nlsq.memory import estimate_peak_memory_gb

    nlsq = (config.get("optimization") or {}).get("nlsq") or {}
    against_degeneracy = nlsq.get("anti_degeneracy") or {}
    mode = against_degeneracy.get("per_angle_mode", "auto")
    physical = 7 if facts["analysis_mode"] == "laminar_flow" else 3
    angles = len(facts["phi_degrees"])
    expanded = physical + 2 * angles
    if mode == "auto" and angles >= against_degeneracy.get("constant_scaling_threshold", 3):
        counted = physical + 2
    else:
        counted = physical if mode == "constant" else expanded
    return {
        "nlsq_parameters": counted,
        "nlsq_memory_bytes": int(estimate_peak_memory_gb(facts["data_points"], expanded) * 2**30),
        "memory_fraction": nlsq.get("memory_fraction"),
    }


def _ask_cmc(task, args, config, filtered):
    from homodyne.optimization.cmc.priors import get_param_names_in_order

    call = cmc_call.Call(args, config, filtered)

    def cut(num_shards):
        if stop := call.until_sampling(num_shards):
            return stop
        raise BadInput("homodyne came back without a shard to sample")

    wanted = int(task.get("min_shards") or 1)
    stop = cut(task.get("num_shards"))
    user_said = isinstance(stop.config.num_shards, int) or str(stop.config.num_shards).isdigit()
    count = len(stop.shards) if stop.shards else 1
    points = int(len(stop.kwargs["data"]))
    forced = None
    if count < wanted and not user_said:
        possible = points // int(stop.config.min_points_per_shard)
        if min(wanted, possible) > count:
            forced = min(wanted, possible)
            stop = cut(forced)
            count = len(stop.shards) if stop.shards else 1
    shards = _costs(stop)
    mode = "laminar_flow" if "laminar" in config.config["analysis_mode"].lower() else "static"
    names = get_param_names_in_order(len(filtered["phi_angles_list"]), mode, stop.kwargs["per_angle_mode"])
    # As its sampler counts: sigma is one more.
    drawn = [stop.config.get_adaptive_sample_counts(shard["points"], len(names) + 1) for shard in shards]
    return stop.config, {
        "points": points,
        "num_shards": count,
        "num_shards_forced": forced,
        "num_shards_by_user": user_said,
        "min_points_per_shard": int(stop.config.min_points_per_shard),
        "shards": shards,
        "chains": int(stop.config.num_chains),
        "warmup": int(stop.config.num_warmup),
        "draws": int(stop.config.num_samples),
        "drawn_warmup": min(int(warmup) for warmup, _ in drawn),  # fewer for a small shard
        "drawn": min(int(draws) for _, draws in drawn),
        "gates": {
            "max_divergence_rate": float(stop.config.max_divergence_rate),
            "max_rhat": float(stop.config.max_r_hat),
            "min_ess": float(stop.config.min_ess),
        },
        "combination": str(stop.config.combination_method),
        "informed_priors": bool(stop.config.use_nlsq_informed_priors),
        "evaluation": _evaluation(stop),
        "priors": {
            name: {"center": float(s.center), "scale": float(s.scale), "low": float(s.low), "high": float(s.high)}
            for name, s in stop.kwargs["scalings"].items()
        },
    }


MANY_POINTS = 100_000  # below, a worker's start takes longer than all evaluations


def _evaluation(stop):
    """How long homodyne's model takes on some of these points; None where it does not matter or cannot be told."""
    if len(stop.kwargs["data"]) < MANY_POINTS:
        return None
    try:
        return density_model.timed(stop.model, stop.kwargs)
    except Exception:
        return None


def _costs(stop):
    """homodyne's own cost of a shard (cmc/backends/multiprocessing.py, _compute_lpt_schedule)."""
    if not stop.shards:
        n = int(len(stop.kwargs["data"]))
        return [{"points": n, "noise_scale": float(stop.kwargs["noise_scale"]), "cost": float(n)}]
    noise = [float(s.noise_scale) for s in stop.shards]
    spread = max(noise) - min(noise)
    out = []
    for shard, scale in zip(stop.shards, noise, strict=True):
        n = int(shard.n_total)
        cost = n * (1.0 + (scale - min(noise)) / spread) if spread > 0 else float(n)
        out.append({"points": n, "noise_scale": scale, "cost": cost})
    return out
