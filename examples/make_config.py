#!/usr/bin/env python3
"""Edit homodyne-config's own template for a scan of make_xpcs.py.

usage: make_config.py DATADIR OUT.yaml [--template T.yaml | --templates DIR] [key.path=value ...]
DATADIR holds xpcs.h5 and truth.json. Values are YAML; items of a list are named by their `name`
(parameter_space.bounds.D0.max=5e4) or their number. Paths are written relative to OUT.yaml's folder: start homodyne there.
Without --template, homodyne-config is run (beside this Python, else from PATH). --templates DIR: once a mode; its template is kept there.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

import yaml

# min, max, prior_mu, prior_sigma: wide, and not centred on the truth of make_xpcs.py.
BOUNDS = {
    "static": {
        "D0": (1000.0, 200000.0, 30000.0, 20000.0),
        "alpha": (-1.5, 0.5, -0.5, 0.3),
        "D_offset": (-10000.0, 10000.0, 0.0, 2000.0),
    },
    "laminar_flow": {
        "D0": (100.0, 50000.0, 10000.0, 5000.0),
        "alpha": (-1.5, 0.5, -0.5, 0.3),
        "D_offset": (-3000.0, 5000.0, 0.0, 1000.0),
        "gamma_dot_t0": (1e-5, 0.02, 0.002, 0.002),
        "beta": (-1.5, 1.0, 0.0, 0.3),
        "gamma_dot_t_offset": (-0.005, 0.005, 0.0, 0.001),
        "phi0": (-10.0, 10.0, 0.0, 5.0),
    },
}
START = {"static": [25000.0, -0.4, 1000.0], "laminar_flow": [10000.0, -0.4, 300.0, 0.0013, -0.1, 0.0, 1.0]}


def fail(message):
    sys.exit(f"make_config.py: {message}")


def step(node, key, path):
    if isinstance(node, list):
        for item in node:
            if isinstance(item, dict) and item.get("name") == key:
                return item
        if key.isdigit() and int(key) < len(node):
            return node[int(key)]
        fail(f"{path}: no item '{key}' in the list")
    if not isinstance(node.get(key), (dict, list)):
        node[key] = {}
    return node[key]


def put(config, path, value):
    keys = path.split(".")
    node = config
    for key in keys[:-1]:
        node = step(node, key, path)
    node[int(keys[-1]) if isinstance(node, list) and keys[-1].isdigit() else keys[-1]] = value


def template(mode, given, folder):
    kept = folder and os.path.join(folder, f"template-{mode}.yaml")
    if given or (kept and os.path.exists(kept)):
        with open(given or kept) as file:
            return yaml.safe_load(file)
    beside = os.path.join(os.path.dirname(sys.executable), "homodyne-config")
    program = beside if os.access(beside, os.X_OK) else shutil.which("homodyne-config")
    if not program:
        fail("no homodyne-config beside this Python or on PATH: give --template")
    with tempfile.TemporaryDirectory(dir=folder) as own:
        name = os.path.join(own, "template.yaml")
        done = subprocess.run([program, "--mode", mode, "--output", name], capture_output=True, text=True)
        if done.returncode != 0 or not os.path.exists(name):
            fail(f"{program} failed with {done.returncode}: {done.stderr.strip()[-200:]}")
        with open(name) as file:
            config = yaml.safe_load(file)
        if kept:
            os.replace(name, kept)
    return config


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("datadir")
    parser.add_argument("out")
    parser.add_argument("--template")
    parser.add_argument("--templates", metavar="DIR")
    parser.add_argument("settings", nargs="*", metavar="key.path=value")
    a = parser.parse_args()
    try:
        with open(os.path.join(a.datadir, "truth.json")) as file:
            truth = json.load(file)
    except (OSError, ValueError) as error:
        fail(f"{error}: make the scan with make_xpcs.py first")
    mode = truth["analysis_mode"]
    config = template(mode, a.template, a.templates)
    data = os.path.join(".", os.path.relpath(a.datadir, os.path.dirname(os.path.abspath(a.out))))
    data = os.path.normpath(data)
    data = "./" if data == "." else f"./{data}/"
    base = {
        "analyzer_parameters.dt": truth["dt"],
        "analyzer_parameters.start_frame": 1,
        "analyzer_parameters.end_frame": truth["frames"],
        "analyzer_parameters.scattering.wavevector_q": truth["q"][0],
        "experimental_data.file_path": data + "xpcs.h5",
        "experimental_data.data_folder_path": data,
        "experimental_data.data_file_name": "xpcs.h5",
        "experimental_data.phi_angles_path": data,
        "experimental_data.cache_file_path": data + "cache",
        "phi_filtering.enabled": False,
        "initial_parameters.values": START[mode],
        "output.directory": "./results",
    }
    if mode == "laminar_flow":
        base["analyzer_parameters.geometry.stator_rotor_gap"] = truth["stator_rotor_gap"]
    for place in ("optimization.mcmc", "optimization.cmc.per_shard_mcmc"):
        base.update({f"{place}.num_warmup": 200, f"{place}.num_samples": 300, f"{place}.num_chains": 2})
    for name, (low, high, mu, sigma) in BOUNDS[mode].items():
        path = f"parameter_space.bounds.{name}"
        base.update({f"{path}.min": low, f"{path}.max": high, f"{path}.prior_mu": mu, f"{path}.prior_sigma": sigma})
    for setting in a.settings:
        key, equals, value = setting.partition("=")
        if not equals or not key:
            fail(f"'{setting}' is not key.path=value")
        base[key] = yaml.safe_load(value)
    for path, value in base.items():
        put(config, path, value)
    with open(a.out, "w") as file:
        yaml.safe_dump(config, file, sort_keys=False, allow_unicode=True)


if __name__ == "__main__":
    main()
