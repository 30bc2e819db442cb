"""config_keys.py FOLDER CONFIG...: what the shim says of YAMLs, read against the installed homodyne, in one process.

FOLDER: for the YAMLs that are made here, of the first CONFIG. One line a case: `ok NAME` or `not ok NAME: why`.
"""

import copy
import os
import re
import sys
import time

import homodyne
import yaml
from hlaunch_shim.config import decides as config_decides, file as config_file, keys as config_keys, words as config_words

folder, *configs = sys.argv[1:]
templates = os.path.join(os.path.dirname(homodyne.__file__), "config", "templates")
number = 0


def report(name, wrong):
    print(f"not ok {name}: {wrong}" if wrong else f"ok {name}")


def ask(text):
    """(what is told, why it is refused)"""
    global number
    number += 1
    path = os.path.join(folder, f"{number}.yaml")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    try:
        return [f"line {n['line']}: {n['key']}: {n['text']}" for n in config_keys.read(path, config_file.load(path), True)], ""
    except ValueError as error:
        return [], str(error)


def case(name, text, refused=None, told=None):
    if not isinstance(text, str):
        text = yaml.safe_dump(text, sort_keys=False)
    notes, why = ask(text)
    if refused is not None:
        report(name, "" if re.search(refused, why) else f"refused with {why!r}, told {notes}")
    elif told is not None:
        report(name, "" if not why and any(re.search(told, note) for note in notes) else f"refused with {why!r}, told {notes}")
    else:
        report(name, why or notes)


def having(setting, value):
    config = copy.deepcopy(base)
    *place, key = setting.split(".")
    section = config
    for name in place:
        section = section.setdefault(name, {})
    section[key] = value
    return config


def bound(key, value):
    config = copy.deepcopy(base)
    next(b for b in config["parameter_space"]["bounds"] if b["name"] == "D0")[key] = value
    return config


# None of these may be refused, nor anything told of them.
for path in [*sorted(os.path.join(templates, name) for name in os.listdir(templates)), *configs]:
    with open(path, encoding="utf-8") as f:
        case(f"nothing to say of {os.path.basename(path)}", f.read())
with open(configs[0], encoding="utf-8") as f:
    text = f.read()
base = yaml.safe_load(text)

# A twin with a letter twice beside every key of the templates: each is noticed, nearly all are nearly a key.
twins, wanted = copy.deepcopy(base), 0


def add_twins(section, path):
    global wanted
    for key, value in list(section.items()):
        if isinstance(value, dict) and (*path, key) not in config_words.FREE:
            add_twins(value, (*path, key))
        section[key + key[-1]] = None
        wanted += 1


add_twins(twins, ())
notes = config_keys.Notes()
started = time.process_time()
config_keys._judge_keys(config_keys.Tree(yaml.safe_dump(twins, sort_keys=False)), twins, notes)
seconds = time.process_time() - started
near = sum("; write " in why for _, why in notes.refused)
report(
    "a letter twice in any key is noticed",
    "" if near > 0.97 * wanted > 200 else f"{near} of {wanted} are refused, {[n['key'] for n in notes.told]} told",
)
started = time.process_time()
ask(text)
one = time.process_time() - started
report("reading a config costs a fraction of a second", "" if one < 1 and seconds < 20 else f"{one} s; with all twins {seconds} s")

# Keys: as people write them.
for setting, value, meant in (
    ("optimization.mcmcc", {"num_samples": 900}, "mcmc"),
    ("optimization.mcmc.n_samples", 900, "num_samples"),
    ("optimization.mcmc.samples", 900, "num_samples"),
    ("optimization.mcmc.Num-Samples", 900, "num_samples"),
    ("optimization.stratification.enable", False, "enabled"),
    ("optimization.nlsq.multi_start.enabled", True, "enable"),
    ("optimization.nlsq.max_iter", 30, "max_iterations"),
    ("optimization.cmc.seeds", 3, "seed"),  # in no template: the source has it
    ("optimization.cmc.num_worker", 3, "num_workers"),  # hlaunch's own
    ("optimization.cmc.validation.max_rhat", 1.2, "max_per_shard_rhat"),
    ("phi_filtering.target_range", [], "target_ranges"),
    ("experimental_data.datafile_name", "x.h5", "data_file_name"),
    ("analyzer_parameters.geometry.stator_rotor_gab", 1, "stator_rotor_gap"),
    ("optimisation", {}, "optimization"),
):
    case(f"{setting} is refused, {meant} named", having(setting, value), rf"^line \d+: .*{setting}, .*write {meant}, or")
case("the line is the key's", text.replace("parameter_space:", "parameter_spaces:"), rf"^line {text[:text.index('parameter_space:')].count(chr(10)) + 1}: .*write parameter_space,")
case("a key in the wrong section", having("optimization.cmc.num_shards", 4), r"but optimization\.cmc\.sharding\.num_shards; write it there")
case("a section that is none", having("optimization.nlsq", 3), "optimization.nlsq is a section")
for setting, value in (("optimization.cmc.seed", 3), ("optimization.mcmc.dense_mass", True), ("optimization.nlsq.ftol", 1e-9),
                       ("optimization.cmc.validation.min_ess", 50), ("optimization.nlsq.stratified", {"enable": False}),
                       ("optimization.cmc.num_workers", 3), ("v2_features", {"cache_strategy": "none"}),
                       ("metadata.proposal", "whatever"), ("optimization.lsq", {"max_iterations": 3})):
    case(f"{setting} is read, though no template has it", having(setting, value))
for setting, value in (("beamline", "8-ID"), ("optimization.seed", 3), ("experimental_data.mask_file", "mask.h5"),
                       ("phi_filtering.algorithm", "mine"), ("parameter_space.priors", {"D0": {"mu": 3}})):
    case(f"{setting} is told", having(setting, value), told=rf"^line \d+: {setting}")
notes, why = ask(yaml.safe_dump(having("optimization.mcmc.num_sample", 1) | {"seed": 1, "optimisation": {}}))
report("several at once, in one line, in their order", "" if why.count("; line") == 1 and "\n" not in why else why)

# What YAML itself lets pass.
case("a key twice", text + "\noptimization:\n  method: cmc\n", rf"optimization stands twice, in lines \d+ and {text.count(chr(10)) + 2}")
case("a key twice below another", text.replace("  mcmc:\n", "  mcmc:\n    num_warmup: 7\n", 1), r"optimization\.mcmc\.num_warmup stands twice")
shared = "draws: &draws {num_warmup: 10, num_samples: 20}\nanalysis_mode: static\noptimization:\n"
case("anchors, aliases and merged keys", shared + "  mcmc:\n    <<: *draws\n    num_samples: 3\n  cmc: {per_shard_mcmc: *draws}\n")
case("a typo in what is merged in", shared.replace("num_warmup", "num_warmups") + "  mcmc: {<<: *draws}\n", r"line 1: .*mcmc\.num_warmups, .*write num_warmup,")
case("an alias in itself", "analysis_mode: &a {b: *a}\n", "contains itself")
lines = [f"a{i}: &a{i} {{l: *a{i - 1}, r: *a{i - 1}}}" for i in range(1, 40)]
case("aliases without end", "\n".join(["a0: &a0 {x: 1}", *lines, "analysis_mode: static\n"]), "aliases make more than")
case("nesting without end", "analysis_mode: " + "[" * 5000 + "]" * 5000, "nested too deeply|is not YAML")

# Parameters.
for found, written, why in (
    ("- name: D0", "- name: D_0", r"no parameter D_0, .*write D0$"),
    ("- name: D0", "- name: d0", r"no parameter d0, .*write D0$"),
    ("- name: alpha", "- name: D0", r"has D0 twice, in lines \d+ and \d+"),
    ("- name: contrast", "- name: contrast_0", "write contrast for contrast_0"),
    ("- name: alpha", "- title: alpha", "has no name"),
    ("  - D0\n", "  - D_0\n", r"parameter_names: homodyne has no parameter D_0; write D0$"),
    ("  - D_offset\n", "", r"parameter_names lacks D_offset|values: 3 for 2"),
):
    assert found in text, found
    case(f"{written.strip() or 'a name left out'!r} is refused", text.replace(found, written, 1), why)
case("a bound of another model is told", text.replace("- name: alpha", "- name: beta", 1), told="beta: parameters of another model")
case("an alias of homodyne's is none of the unknown", text.replace("- name: alpha", "- name: gamma_dot_0", 1), told="gamma_dot_0: parameters of another")
for key, value in (("min", "much"), ("max", None), ("prior_mu", float("nan")), ("prior_sigma", True), ("min", float("inf"))):
    case(f"{key}: {value} is refused", bound(key, value), rf"of D0: {key} is .*write a number")
case("1e-8, which YAML takes for text, is a number to homodyne", bound("min", "1e-8"))
case("reversed bounds", bound("max", -1), "1000 to -1 holds nothing")
case("a width that is none", bound("prior_sigma", 0), "prior_sigma is 0")
case("a prior outside its bounds is told", bound("prior_mu", -1), told="prior_mu -1 lies outside")
case("a kind of prior that homodyne replaces is told", bound("type", "Truncatednormal"), told="none that homodyne knows")
case("a letter wrong in a bound", bound("mim", 1), r"bounds\[\]\.mim, .*write min,")
case("bounds by name instead of a list", having("parameter_space.bounds", {"D0": {"min": 1, "max": 2}}), "is no list")
for values, why in (([1, 2], "2 for 3"), (5, "no list for 3"), ([1, "x", 2], "'x' for alpha"), ([1, float("nan"), 2], "nan for alpha")):
    case(f"start values {values}", having("initial_parameters.values", values), why)
case("start values of nobody", having("initial_parameters", {"values": [1, 2, 3]}), "without parameter_names")
case("a parameter held fixed", having("initial_parameters.fixed_parameters", {"D_offset": 0.0}), "would fit D_offset all the same")
case("a parameter left out", having("initial_parameters.active_parameters", ["D0", "alpha"]), "lacks D_offset")
case("a scale of nobody", having("optimization.nlsq.x_scale_map", {"D0": 1, "alhpa": 1}), "no parameter alhpa; write alpha")

# Settings that do not do what they say.
for setting, value in (("experimental_data.phi_angles_file", "mine.txt"), ("parameter_space.model", "laminar_flow"),
                       ("optimization.nlsq.memory_fraction", 0.5), ("optimization.cmc.per_angle_mode", "constant")):
    found = config_decides.without_effect(having(setting, value), {tuple(setting.split(".")): 7}, True)
    report(f"{setting} without its effect is told", "" if [(n["key"], n["line"]) for n in found] == [(setting, 7)] else found)
report("a sound config has none of these", config_decides.without_effect(base, {}, True))

# Data named twice.
os.makedirs(os.path.join(folder, "scan"))
for name in ("a.h5", "b.h5"):
    open(os.path.join(folder, "scan", name), "w", encoding="utf-8").close()
os.symlink("a.h5", os.path.join(folder, "scan", "link.h5"))
for name, other, wanted in (
    ("a.h5", "a.h5", ""), ("a.h5", "../scan/./a.h5", ""), ("a.h5", "link.h5", ""), ("a.h5", None, ""), ("a.h5", "", ""),
    ("a.h5", "b.h5", r"names two files: .*/scan/a\.h5, which would be read, .*/scan/b\.h5; make them one"),
    ("a.h5", "c.h5", r"/scan/c\.h5, which is not there"), ("c.h5", "a.h5", r"/scan/c\.h5 .* is not there; file_path names .*a\.h5"),
):
    config = {"experimental_data": {"data_folder_path": "scan", "data_file_name": name, "file_path": other and f"scan/{other}"}}
    try:
        config_file.refuse_data_named_twice(config, folder)
        why = ""
    except ValueError as error:
        why = str(error)
    report(f"data {name} beside {other}", "" if (re.search(wanted, why) if wanted else not why) else why)
