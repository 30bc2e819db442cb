"""Names and numbers of parameters in the YAML: bounds, priors, start values. Which names there are is asked of homodyne.

homodyne passes over an entry whose name it does not know, and takes its own bounds, priors or start values instead.
"""

import math
import re

_BOUNDS = ("parameter_space", "bounds")
_START = ("initial_parameters",)
_NAMES = (*_START, "parameter_names")


class Names:
    """homodyne's parameters: `own` of this analysis, `every` of all, with the aliases it maps."""

    def __init__(self, analysis_mode):
        from homodyne.config.parameter_registry import ParameterRegistry
        from homodyne.config.types import PARAMETER_NAME_MAPPING

        registry = ParameterRegistry()
        self.mode = "laminar_flow" if "laminar" in analysis_mode.lower() else "static"
        self.scaling = list(registry.scaling_names)
        self.physical = list(registry.get_param_names(self.mode))
        self.own = self.scaling + self.physical
        self.every = set(self.own) | set(registry.get_param_names("static")) | set(registry.get_param_names("laminar_flow"))
        self._aliases = PARAMETER_NAME_MAPPING

    def canonical(self, name):
        """homodyne's name, or None where it knows none such."""
        name = self._aliases.get(name, name) if isinstance(name, str) else None
        return name if name in self.every else None

    def of_an_angle(self, name):
        """contrast_0, offset[1]"""
        found = re.fullmatch(r"(\w+?)(_\d+|\[\d+\])", name) if isinstance(name, str) else None
        return bool(found) and found[1] in self.scaling

    def nearest(self, name):
        from .keys import nearest

        meant = nearest(str(name), sorted(self.every | set(self._aliases)))
        return f"write {self._aliases.get(meant, meant)}" if meant else f"write one of {', '.join(self.own)}"


def judge(config, lines, items, notes):
    """lines: {path: line}; items: {path of a list: the lines of its items}."""
    if not isinstance(config.get("analysis_mode"), str):
        return  # refused for that
    names = Names(config["analysis_mode"])
    of_other_mode = []
    _judge_bounds(config, lines, items, names, notes, of_other_mode)
    _judge_start(config, lines, items, names, notes, of_other_mode)
    for path in ((*_START, "fixed_parameters"), ("optimization", "nlsq", "x_scale_map")):
        for name in _mapping(config, path):
            if names.canonical(name) is None and not names.of_an_angle(name):
                notes.refuse(
                    lines.get((*path, str(name))),
                    f"{'.'.join(path)}: homodyne has no parameter {name}; {names.nearest(name)}",
                )
            elif path[0] == _START[0]:  # NLSQ and CMC both fit it: tried with 2.23.3
                notes.refuse(
                    lines.get((*path, str(name))),
                    f"initial_parameters.fixed_parameters: homodyne holds no parameter fixed and would fit {name} all the"
                    " same; take it out, and set its min and max close to the value",
                )
    if of_other_mode:
        notes.tell(
            ", ".join(dict.fromkeys(name for name, _ in of_other_mode)), of_other_mode[0][1],
            f"parameters of another model: analysis_mode is {config['analysis_mode']}", "they have no effect", "mode",
        )


def _mapping(config, path):
    from .keys import value_at

    value = value_at(config, path)
    return value if isinstance(value, dict) else {}


def _number(value):
    """As homodyne takes it: YAML 1.1 makes text of 1e-8, and float() a number of that. None where it would not."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _shown(value):
    return "null" if value is None else repr(value)


def _lines_of(path, items, lines, count):
    known = items.get(path, [])
    return known if len(known) == count else [lines.get(path)] * count


def _judge_bounds(config, lines, items, names, notes, of_other_mode):
    bounds = _mapping(config, _BOUNDS[:1]).get("bounds")
    if bounds is None:
        return
    if not isinstance(bounds, list):
        notes.refuse(
            lines.get(_BOUNDS),
            "parameter_space.bounds is no list, and homodyne would take its own bounds and priors; write a list of"
            " entries such as {name: D0, min: 100, max: 1e5}",
        )
        return
    seen = {}
    for entry, line in zip(bounds, _lines_of(_BOUNDS, items, lines, len(bounds)), strict=True):
        name = entry.get("name") if isinstance(entry, dict) else None
        known = names.canonical(name)
        if not name:
            notes.refuse(line, "an entry of parameter_space.bounds has no name, and homodyne would pass over it; name its parameter")
        elif names.of_an_angle(name):
            base = re.match(r"[a-z]+", name)[0]
            notes.refuse(line, f"parameter_space.bounds: homodyne reads one entry for all angles; write {base} for {name}")
        elif known is None:
            notes.refuse(
                line,
                f"parameter_space.bounds: homodyne has no parameter {name}, and would sample in its own bounds and priors;"
                f" {names.nearest(name)}",
            )
        elif known in seen:
            notes.refuse(line, f"parameter_space.bounds has {known} twice, in lines {seen[known]} and {line}; take one out")
        else:
            seen[known] = line
            if known not in names.own:
                of_other_mode.append((name, line))
            _judge_numbers(name, entry, line, notes)


def _judge_numbers(name, entry, line, notes):
    values = {}
    for key in ("min", "max", "prior_mu", "prior_sigma"):
        if key in entry:
            values[key] = _number(entry[key])
            if values[key] is None:
                notes.refuse(line, f"parameter_space.bounds of {name}: {key} is {_shown(entry[key])}; write a number, or leave it out")
                return
    low, high = values.get("min", -math.inf), values.get("max", math.inf)
    if not low < high:
        notes.refuse(line, f"parameter_space.bounds of {name}: {low:g} to {high:g} holds nothing; write min below max")
    elif values.get("prior_sigma", 1.0) <= 0:
        notes.refuse(
            line,
            f"parameter_space.bounds of {name}: prior_sigma is {values['prior_sigma']:g}, and homodyne would take a width of"
            " its own; write a positive number, or leave it out",
        )
    elif "prior_mu" in values and not low <= values["prior_mu"] <= high:
        notes.tell(
            f"parameter_space.bounds of {name}", line, f"prior_mu {values['prior_mu']:g} lies outside {low:g} to {high:g}",
            "set it between them", "checked",
        )
    kind = entry.get("type")
    if kind is not None and _taken_for(kind) != kind:
        notes.tell(
            f"parameter_space.bounds of {name}", line, f"type {kind!r} is none that homodyne knows",
            f"it takes {_taken_for(kind)}",
        )


def _taken_for(kind):
    from homodyne.config.parameter_space import PriorDistribution

    return PriorDistribution(dist_type=kind, min_val=-1.0, max_val=1.0).dist_type


def _judge_start(config, lines, items, names, notes, of_other_mode):
    start = _mapping(config, _START)
    given, values = start.get("parameter_names"), start.get("values")
    for key in ("parameter_names", "active_parameters"):
        if start.get(key) is not None:
            _judge_list_of_names(start[key], (*_START, key), lines, items, names, notes, of_other_mode)
    if values is None:
        return
    line = lines.get((*_START, "values"))
    where = "initial_parameters.values"
    if not isinstance(given, list) or not given:
        notes.refuse(line, f"{where} stands without parameter_names, and homodyne would begin elsewhere; name them")
    elif not isinstance(values, list) or len(values) != len(given):
        count = len(values) if isinstance(values, list) else "no list"
        notes.refuse(
            line,
            f"{where}: {count} for {len(given)} parameter_names, and homodyne would begin elsewhere; write one for each",
        )
    else:
        for name, value in zip(given, values, strict=True):
            if _number(value) is None:
                notes.refuse(line, f"{where}: {value!r} for {name} is no number; write one")


def _judge_list_of_names(given, path, lines, items, names, notes, of_other_mode):
    what = ".".join(path)
    if not isinstance(given, list):
        notes.refuse(lines.get(path), f"{what} is no list, and homodyne would take all parameters; write a list of names")
        return
    found = set()
    for name, line in zip(given, _lines_of(path, items, lines, len(given)), strict=True):
        known = names.canonical(name)
        if known is None:
            notes.refuse(line, f"{what}: homodyne has no parameter {name}; {names.nearest(name)}")
        elif known in found:
            notes.refuse(line, f"{what} has {known} twice; take one out")
        elif known not in names.own:
            of_other_mode.append((name, line))
        found.add(known)
    missing = [name for name in names.physical if name not in found]
    if given and missing and None not in found:
        notes.refuse(
            lines.get(path),
            f"{what} lacks {', '.join(missing)}: homodyne's model has all of {', '.join(names.physical)} and holds none fixed;"
            f" name them all",
        )
