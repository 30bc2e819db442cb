"""Which of several keys for one number homodyne takes in this config: tried on a copy, so that a remedy names the one
that helps, and the others are told to be without effect."""

import copy

from . import words
from .keys import value_at
from .tree import dotted

_PLACES = (("optimization", "mcmc"), ("optimization", "cmc", "per_shard_mcmc"))
# Of each number a value that nobody has.
_PROBES = {
    "num_warmup": 54_321, "num_samples": 65_432, "num_chains": 13, "target_accept_prob": 0.98765, "max_tree_depth": 3,
}


def decides(commands, arguments, config):
    """{number: the dotted key that sets it}. arguments: makes those of homodyne's command line anew."""
    out = {}
    for number, probe in _PROBES.items():
        for place in _PLACES:
            tried = copy.deepcopy(config)
            section = tried
            for key in place:
                section[key] = section.get(key) or {}
                section = section[key]
            section[number] = probe
            if _in_force(commands, arguments(), tried, number) == probe:
                out[number] = dotted((*place, number))
                break
    return out


def _in_force(commands, args, config, number):
    from homodyne.optimization.cmc.config import CMCConfig

    manager = commands.ConfigManager(config_override=config)
    commands._apply_cli_overrides(manager, args)
    return getattr(CMCConfig.from_dict(commands._prepare_cmc_config(args, manager)), number, None)


def without_effect(config, lines, for_cmc):
    """Notes on settings that do not do what they say; `hlaunch check` has lines of its own for the kind "checked"."""
    nlsq, cmc = ("optimization", "nlsq"), ("optimization", "cmc")
    out = []

    def tell(path, text, remedy, kind="checked"):
        out.append({"kind": kind, "key": dotted(path), "line": lines.get(path, 0), "text": text, "remedy": remedy})

    angles = ("experimental_data", "phi_angles_file")
    if value_at(config, angles) not in (None, *words.templates().get(angles, ())):
        tell(angles, "homodyne reads no angles from it: it takes those of the data", "it changes nothing", "key")
    model = ("parameter_space", "model")
    if value_at(config, model) not in (None, config.get("analysis_mode")):
        tell(model, f"says {value_at(config, model)}, but analysis_mode decides", "make them one", "key")

    fraction = value_at(config, (*nlsq, "memory_fraction"))
    if fraction not in (None, 0.75):
        tell((*nlsq, "memory_fraction"), f"says {fraction}, but homodyne chooses its strategy by 0.75", "it changes nothing")
    for key, otherwise in (("per_angle_mode", "auto"), ("constant_scaling_threshold", 3)) if for_cmc else ():
        first = value_at(config, (*nlsq, "anti_degeneracy", key))
        second = value_at(config, (*cmc, key))
        if second is not None and second != (otherwise if first is None else first):
            path = dotted((*nlsq, "anti_degeneracy", key))
            tell((*cmc, key), f"says {second}, but {path} {otherwise if first is None else first}", "make them one")
    return out


def overruled(config, lines, deciders, in_force):
    """Notes on numbers of the YAML that are not those sampled with."""
    out = []
    for number, decider in deciders.items():
        used = getattr(in_force, number, None)
        for place in _PLACES:
            path = (*place, number)
            said = value_at(config, path)
            # homodyne's templates disagree with themselves: only what the user wrote is told of.
            own = number.startswith("num_") or said not in words.templates().get(path, ())
            if said is None or said == used or dotted(path) == decider or not own:
                continue
            out.append(
                {
                    "kind": "overruled" if number.startswith("num_") else "key",
                    "key": dotted(path), "line": lines.get(path, 0),
                    "text": f"says {said}, but {used} is used",
                    "remedy": f"{decider} (or homodyne's default) decides: set that one, and this alike",
                }
            )
    return out
