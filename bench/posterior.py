#!/usr/bin/env python3
"""One posterior, four ways, on this machine: plain homodyne CMC, hlaunch's consensus, Pathfinder with importance weights, exact.

usage: posterior.py VENV [--frames N,N,...] [--mode static|laminar_flow] [--ways exact,consensus,homodyne,pathfinder] [--rounds N]
                    [--limit SECONDS] [--folder DIR]
VENV: the environment with homodyne. Per way: seconds beside survey and NLSQ (median of the rounds, which take turns), effective draws
(smallest of all parameters), effective draws a second, and the largest distance of a mean and of an sd from a reference with ten times
the draws, in sd. Seconds of homodyne are those of its CMC with an NLSQ result given; its draws are what it saves. Pathfinder (BlackJAX)
works on the same density in one process (bench/pathfinder.py). A way that takes longer than the limit is ended, and says so.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time

import numpy as np

REPO = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PHI = {"static": "0,30,60,90,120,150", "laminar_flow": "0,20,45,70,90,110,135,160"}


def run(words, limit, folder):
    began = time.monotonic()
    try:
        done = subprocess.run(words, cwd=folder, timeout=limit, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return time.monotonic() - began, done.returncode
    except subprocess.TimeoutExpired:
        return time.monotonic() - began, None


def smallest_ess(samples, chains):
    import arviz

    per_chain = samples.reshape(chains, -1, samples.shape[-1])
    return min(float(arviz.ess(per_chain[:, :, i])) for i in range(per_chain.shape[2]))


def merged(folder):
    with open(folder + "/merged/merge.json", encoding="utf-8") as f:
        merge = json.load(f)
    rows = {row["name"]: row for row in merge["parameters"]}
    return merge, {n: (r["mean"], r["sd"]) for n, r in rows.items()}, min(r["ess"] for r in rows.values())


def saved(folder):
    with np.load(folder + "/cmc/samples.npz") as f:
        samples, names = f["samples"], [str(n) for n in f["param_names"]]
    kept = [i for i, n in enumerate(names) if not n.endswith("_z") and np.std(samples[:, i]) > 0]
    with open(folder + "/cmc/parameters.json", encoding="utf-8") as f:
        chains = json.load(f)["sampling_summary"]["n_chains"]
    moments = {names[i]: (samples[:, i].mean(), samples[:, i].std()) for i in kept}
    return moments, smallest_ess(samples[:, kept], chains)


def distance(moments, reference):
    both = [n for n in reference if n in moments and n != "sigma"]
    mean = max(abs(moments[n][0] - reference[n][0]) / reference[n][1] for n in both)
    sd = max(abs(moments[n][1] / reference[n][1] - 1.0) for n in both)
    return mean, sd


class Scan:
    def __init__(self, options, frames):
        self.options, self.folder = options, os.path.join(os.path.abspath(options.folder), f"{options.mode.split('_')[0]}-{frames}")
        self.app = options.venv + "/bin/homodyne"
        python = options.venv + "/bin/python"
        os.makedirs(self.folder, exist_ok=True)
        subprocess.run([python, REPO + "/examples/make_xpcs.py", self.folder, "--mode", options.mode, "--frames", str(frames),
                        "--phi", PHI[options.mode], "--seed", "7"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([python, REPO + "/examples/make_config.py", self.folder, self.folder + "/config.yaml", "optimization.mcmc.num_warmup=400",
                        "optimization.mcmc.num_samples=900"], check=True, stdout=subprocess.DEVNULL)
        self.points = len(PHI[options.mode].split(",")) * (frames - 1) * (frames - 2)
        self.hlaunch = [REPO + "/build/hlaunch", "--mode", "cmc-hpc", "--config", "config.yaml", "--app", self.app, "--quiet", "--fresh"]
        run([REPO + "/build/hlaunch", "--mode", "nlsq", "--config", "config.yaml", "--app", self.app, "--quiet", "--output", "fit"], None, self.folder)
        self.fit = ["--nlsq-result", "fit/nlsq/out"]
        run([*self.hlaunch, *self.fit, "--posterior", "exact", "--ess", "20000", "--output", "reference"], None, self.folder)
        self.reference = merged(self.folder + "/reference")[1]

    def exact(self):
        seconds, code = run([*self.hlaunch, *self.fit, "--posterior", "exact", "--output", "exact"], self.options.limit, self.folder)
        if code is None:
            return seconds, None
        merge, moments, ess = merged(self.folder + "/exact")
        return merge["exact"]["seconds"], (moments, ess)

    def consensus(self):
        accept = [word for check in ("ess", "r-hat", "divergences", "tension") for word in ("--accept", check)]
        seconds, code = run([*self.hlaunch, *self.fit, "--posterior", "consensus", *accept, "--output", "consensus"], self.options.limit, self.folder)
        if code is None:
            return seconds, None
        _, moments, ess = merged(self.folder + "/consensus")
        with open(self.folder + "/consensus/journal.jsonl", encoding="utf-8") as f:
            events = [json.loads(line.split(" ", 1)[1]) for line in f]
        return max(e["up"] for e in events) - min(e["up"] for e in events if e["event"] == "start" and e["stage"] == "cmc"), (moments, ess)

    def homodyne(self):
        seconds, code = run([self.app, "--config", "config.yaml", "--method", "cmc", *self.fit, "--output-dir", "own"], self.options.limit, self.folder)
        return seconds, None if code != 0 else saved(self.folder + "/own")

    def pathfinder(self):
        words = [self.options.venv + "/bin/python", REPO + "/bench/pathfinder.py", "reference/posterior/points", "pathfinder.json"]
        seconds, code = run(words, self.options.limit, self.folder)
        if code != 0:
            return seconds, None
        with open(self.folder + "/pathfinder.json", encoding="utf-8") as f:
            found = json.load(f)
        return found["seconds"], ({n: tuple(v) for n, v in found["parameters"].items()}, found["effective_draws"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("venv")
    parser.add_argument("--frames", default="64,200")
    parser.add_argument("--mode", default="static", choices=sorted(PHI))
    parser.add_argument("--ways", default="exact,consensus,homodyne,pathfinder")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--limit", type=float, default=3600.0)
    parser.add_argument("--folder", default=os.path.join(REPO, "build", "posterior"))
    options = parser.parse_args()
    options.venv = os.path.abspath(options.venv)
    print(f"{'points':>10}  {'way':<12}{'seconds':>9}{'spread':>16}{'ESS':>8}{'ESS/s':>9}{'mean off':>10}{'sd off':>8}")
    for frames in map(int, options.frames.split(",")):
        scan = Scan(options, frames)
        took, got = {}, {}
        for _ in range(options.rounds):
            for way in options.ways.split(","):
                seconds, result = getattr(scan, way)()
                took.setdefault(way, []).append(seconds)
                got[way] = result
        for way, seconds in took.items():
            middle = statistics.median(seconds)
            line = f"{scan.points:>10}  {way:<12}{middle:>9.1f}{f'{min(seconds):.1f} to {max(seconds):.1f}':>16}"
            if got[way] is None:
                print(line + "  no result")
                continue
            moments, ess = got[way]
            mean, sd = distance(moments, scan.reference)
            print(line + f"{ess:>8.0f}{ess / middle:>9.2f}{mean:>10.2f}{sd:>8.2f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
