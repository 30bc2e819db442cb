#!/usr/bin/env python3
"""A FAKE homodyne, for tests: answers hlaunch's task files at once, with the standard library alone.

What it answers comes from the environment: FAKE_SHARDS, FAKE_BY_USER (their number is the YAML's), FAKE_MIN_POINTS, FAKE_CHAINS,
FAKE_WARMUP, FAKE_DRAWS (a chain), FAKE_POINTS, FAKE_METHOD (of the YAML), FAKE_NLSQ (its convergence status), FAKE_BUSY (processes
that a part keeps busy for 3.5 s), FAKE_SURVEY (fails), FAKE_LOW (D0's lower bound, the YAML's), FAKE_STUCK (draws that barely move: their ESS is low). The priors of its shards are those of this YAML:

parameter_space: {bounds: [{name: D0, min: 18000, max: 38000, prior_mu: 28000, prior_sigma: 2000},
                           {name: alpha, min: -1.5, max: 0.5, prior_mu: -0.5, prior_sigma: 0.2}]}
"""

import json
import math
import os
import random
import struct
import subprocess
import sys
import zipfile


def number(name, otherwise):
    return int(os.environ.get(name, otherwise))


def write_json(path, value):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".tmp", "w", encoding="utf-8") as file:
        json.dump(value, file)
    os.replace(path + ".tmp", path)


def array(kind, shape, data):
    header = "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }" % (kind, "".join(f"{n}, " for n in shape))
    header += " " * (-(len(header) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data


def texts(values, shape):
    width = max(len(v) for v in values)
    data = b"".join(v.ljust(width, "\0").encode("utf-32-le") for v in values)
    return array(f"<U{width}", shape, data)


def write_npz(path, **members):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with zipfile.ZipFile(path + ".tmp", "w") as file:
        for name, data in members.items():
            file.writestr(name + ".npy", data)
    os.replace(path + ".tmp", path)


def facts():
    shards, points = number("FAKE_SHARDS", 2), number("FAKE_POINTS", 40000)
    return {
        "homodyne": "2.23.3",
        "known": True,
        "python": sys.version.split()[0],
        "executable": sys.executable,
        "jaxlib": "0.0",
        "data_files": [],
        "yaml_method": os.environ.get("FAKE_METHOD", "cmc"),
        "seed": 42,
        "analysis_mode": "static",
        "phi_degrees": [0.0, 60.0, 120.0],
        "frames": 100,
        "q": 0.005,
        "data_points": points,
        "nlsq_parameters": 5,
        "nlsq_memory_bytes": 1 << 20,
        "memory_fraction": None,
        "num_workers": None,
        "points": points,
        "num_shards": shards,
        "num_shards_forced": None,
        "num_shards_by_user": "FAKE_BY_USER" in os.environ,
        "min_points_per_shard": number("FAKE_MIN_POINTS", 1000),
        "shards": [{"points": points // shards, "noise_scale": 1.0, "cost": float(points)} for _ in range(shards)],
        "chains": number("FAKE_CHAINS", 2),
        "warmup": number("FAKE_WARMUP", 100),
        "draws": number("FAKE_DRAWS", 2000),
        "gates": {"max_divergence_rate": 0.1, "max_rhat": 1.1, "min_ess": 100.0},
        "combination": "consensus_mc",
        "informed_priors": False,
        "priors": {},
    }


SITES = ("D0", 28000.0, 2000.0), ("alpha", -0.5, 0.2)
BOUNDS = [[float(os.environ.get("FAKE_LOW", "18000")), 38000.0], [-1.5, 0.5]]


def shard(task, index):
    chains, draws = number("FAKE_CHAINS", 2), number("FAKE_DRAWS", 2000)
    random.seed(1000 + index)
    keep = 0.98 if "FAKE_STUCK" in os.environ else 0.0
    lost = 1.0 if task.get("repair_priors", True) else 1.5  # homodyne's workers take other priors then
    values = []
    for _ in range(chains):
        z = [random.gauss(0.0, 0.3) for _ in SITES]
        for _ in range(draws):
            theta = []
            z = [keep * a + (1 - keep * keep) ** 0.5 * random.gauss(0.0, 0.3) for a in z]
            for (_, center, scale), (low, high), a in zip(SITES, BOUNDS, z):
                middle, half = (low + high) / 2, (high - low) / 2  # of homodyne's smooth bounds
                theta.append(middle + half * math.tanh((center + lost * scale * a - middle) / half))
            values += z + theta
    names = [name + "_z" for name, *_ in SITES] + [name for name, *_ in SITES]
    sites = [
        {"name": name + "_z", "parameter": name, "kind": "z", "center": center, "scale": lost * scale,
         "low": low, "high": high, "prior_loc": 0.0, "prior_scale": task["num_shards"] ** 0.5, "full_prior_scale": 1.0}
        for (name, center, scale), (low, high) in zip(SITES, BOUNDS)
    ]
    meta = {"run_key": task["run_key"], "homodyne": "2.23.3", "model": "xpcs_model_scaled", "analysis_mode": "static",
            "per_angle_mode": "auto", "dt": 0.1, "t_max": 9.9, "t_ref": None, "duration_s": 0.1,
            "n_warmup": number("FAKE_WARMUP", 100), "sites": sites}
    write_npz(
        os.path.join(task["capture_dir"], f"{index:05d}.npz"),
        samples=array("<f8", (chains, draws, len(names)), struct.pack(f"<{len(values)}d", *values)),
        param_names=texts(names, (len(names),)),
        shard=array("<i8", (), struct.pack("<q", index)),
        num_shards=array("<i8", (), struct.pack("<q", task["num_shards"])),
        n_points=array("<i8", (), struct.pack("<q", 1000)),
        divergent=array("<i8", (), struct.pack("<q", 0)),
        meta=texts([json.dumps(meta)], ()),
    )


def main():
    with open(os.environ["HLAUNCH_TASK"], encoding="utf-8") as file:
        task = json.load(file)
    what = task["task"]
    if "FAKE_SURVEY" in os.environ and what in ("survey", "versions"):
        sys.exit("fake_homodyne: the survey fails, as it was told to")
    out = sys.argv[sys.argv.index("--output-dir") + 1] if "--output-dir" in sys.argv else "out"
    if what == "versions":
        write_json(task["facts"], {**facts(), "known": False})  # so that a campaign starts a process a scan
    elif what == "survey":
        with open(task["user_config"], encoding="utf-8") as given:
            text = given.read()
        os.makedirs(os.path.dirname(task["config"]), exist_ok=True)
        with open(task["config"], "w", encoding="utf-8") as file:
            file.write(text)
        write_json(task["facts"], facts())
    elif what in ("nlsq", "plain"):
        fit = {name: {"value": value, "uncertainty": sd / 10} for name, value, sd in SITES}
        write_json(out + "/nlsq/parameters.json", {"convergence_status": os.environ.get("FAKE_NLSQ", "converged"),
                                                   "reduced_chi_squared": 1.0, "parameters": fit})
        if task.get("examination"):
            write_json(task["examination"], {
                "improvement": 0.0, "at": "", "values": {}, "over_constant": 1e6, "doubted_by_homodyne": False,
                "parameters": {name: {"value": value, "start": 0.9 * value, "low": low, "high": high, "cramer_rao": sd / 10}
                               for (name, value, sd), (low, high) in zip(SITES, BOUNDS)}})
    elif what == "slice":
        busy = [subprocess.Popen(["timeout", "3.5", "sh", "-c", "while :; do :; done"]) for _ in range(number("FAKE_BUSY", 0))]
        for process in busy:
            process.wait()
        for index in task["shards"]:
            shard(task, index)
    else:
        sys.exit(f"fake_homodyne: no answer to task {what}")


main()
