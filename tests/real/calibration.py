#!/usr/bin/env python3
"""Simulation-based calibration of exact posteriors (Talts et al. 2018): scans whose truth is drawn from the priors.

usage: calibration.py draw MODEL.json FOLDER --scans 200 --mode static|laminar_flow [--seed 1]
       calibration.py ranks CAMPAIGN [--most 0.15] [--limit 1.95]
draw: truths from homodyne's own model under the YAML's priors, as the points folder of an exact run with --prior-source yaml
tells it; the noise log-uniform from .005 to .05, as its prior follows the data. FOLDER/NNN/xpcs.h5 and truth.json.
ranks: of each truth among the posterior's draws; a line a parameter: scans, Kolmogorov-Smirnov x sqrt(n) of the ranks (5 % at
1.36, .1 % at 1.95), share of truths outside the 90 % interval, histogram of ten bins. Exit code 1 where a scan has no posterior, a
share is above --most, or the statistic above --limit (both: where given).
"""
import argparse
import csv
import json
import os
import sys

import numpy as np

REPO = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(REPO, "examples"), os.path.join(REPO, "src", "homodyne", "shim")]
FRAMES, PHI = 24, "0,60,120"


def truths(model_json, count, seed):
    """Parameters of homodyne's model, each by its own prior."""
    import jax
    from numpyro import handlers

    jax.config.update("jax_enable_x64", True)
    from hlaunch_shim.density import model as density_model

    facts = density_model.load(os.path.dirname(model_json))
    kwargs = density_model.without_fit(density_model.arguments_of(facts["arguments"]))
    sites = density_model.Sites(density_model.model_of(kwargs), kwargs)
    for key in jax.random.split(jax.random.PRNGKey(seed), count):
        trace = handlers.trace(handlers.seed(sites.model, key)).get_trace(**sites.kwargs)
        yield {n: float(s["value"]) for n, s in trace.items() if s["type"] in ("sample", "deterministic") and np.ndim(s["value"]) == 0}


def draw(a):
    import make_xpcs

    noise = np.exp(np.random.default_rng(a.seed).uniform(np.log(0.005), np.log(0.05), a.scans))
    for i, truth in enumerate(truths(a.model, a.scans, a.seed)):
        physical = {name: truth[name] for name in make_xpcs.TRUTH[a.mode]}
        folder = os.path.join(a.folder, f"{i:03}")
        # As one word: a negative number is no option.
        words = [f"--{name}={value!r}" for name, value in {**physical, "contrast": truth["contrast"], "offset": truth["offset"], "noise": float(noise[i])}.items()]
        make_xpcs.main([folder, "--mode", a.mode, "--frames", str(FRAMES), "--phi", PHI, "--seed", str(1000 * a.seed + i), *words])


def rank_table(a):
    with open(os.path.join(a.campaign, "table.csv"), newline="") as file:
        rows = list(csv.DictReader(file))
    ranks, outside, missing, ladder = {}, {}, [], {}
    for row in rows:
        if row["status"] != "done":
            missing.append(f"{row['name']}: {row['class']}: {row['why']}")
            continue
        ladder[row["certified_by"]] = ladder.get(row["certified_by"], 0) + 1
        with open(os.path.join(os.path.dirname(row["data"]), "truth.json")) as file:
            told = json.load(file)
        truth = {**told["parameters"], "contrast": told["contrast"][0], "offset": told["offset"][0], "sigma": told["noise"]}
        with np.load(os.path.join(a.campaign, "scans", row["name"], "merged", "cmc", "posterior_draws.npz")) as draws:
            weights = np.exp(draws["log_weights"])
            for name, value in truth.items():
                below = weights[draws["samples"][:, list(draws["param_names"]).index(name)] < value].sum() / weights.sum()
                ranks.setdefault(name, []).append(below)
                outside.setdefault(name, []).append(not 0.05 <= below <= 0.95)
    return rows, ranks, outside, missing, ladder


def rank(a):
    rows, ranks, outside, missing, ladder = rank_table(a)
    print(f"# {len(rows)} scans, {len(missing)} without a posterior; certified by {ladder}")
    bad = bool(missing)
    for line in missing:
        print("# " + line)
    for name, values in ranks.items():
        values = np.sort(values)
        n = len(values)
        at = np.arange(n)
        statistic = np.sqrt(n) * max(np.max(values - at / n), np.max((at + 1) / n - values))
        share = float(np.mean(outside[name]))
        bad |= (a.limit is not None and statistic > a.limit) or (a.most is not None and share > a.most)
        print(f"# {name:20} n {n:4}  KS {statistic:5.2f}  outside 90 % {share:6.3f}  {np.histogram(values, 10, (0, 1))[0]}")
    return 1 if bad else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    first = commands.add_parser("draw")
    first.add_argument("model")
    first.add_argument("folder")
    first.add_argument("--scans", type=int, default=200)
    first.add_argument("--mode", default="static")
    first.add_argument("--seed", type=int, default=1)
    second = commands.add_parser("ranks")
    second.add_argument("campaign")
    second.add_argument("--most", type=float)
    second.add_argument("--limit", type=float)
    a = parser.parse_args()
    return draw(a) if a.command == "draw" else rank(a)


if __name__ == "__main__":
    sys.exit(main())
