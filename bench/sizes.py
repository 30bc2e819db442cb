#!/usr/bin/env python3
"""Time and memory of each stage of the main job against the number of points, on this machine.

usage: sizes.py VENV [--frames N,N,...] [--modes static,laminar_flow] [--sample FRAMES] [--folder DIR]
VENV: the environment with homodyne. For each size NLSQ alone; up to --sample frames (default 123; 0: none) the main job too, with few
draws in shards of 10,000 points, for the merge and the evaluation. Six angles. From the journal: seconds, CPU seconds, peak resident MiB.
"""
import argparse
import json
import os
import subprocess
import sys

REPO = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PHI = {"static": "0,30,60,90,120,150", "laminar_flow": "0,20,45,90,135,160"}


def events(run):
    for line in open(run + "/journal.jsonl", encoding="utf-8"):
        yield json.loads(line.split(" ", 1)[1])


def hlaunch(venv, config, run, *options):
    subprocess.run(
        [REPO + "/build/hlaunch", "--config", config, "--output", run, "--fresh", "--quiet", "--app", venv + "/bin/homodyne", *options],
        check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def row(name, points, stage, seconds, cpu=None, peak=None):
    cells = [f"{seconds:8.1f}", f"{cpu:8.1f}" if cpu is not None else " " * 8, f"{peak / 2**20:8.0f}" if peak else " " * 8]
    print(f"{name:<14}{points:>10}  {stage:<10}" + " ".join(cells), flush=True)


def stages(name, points, run, wanted):
    merging = None
    for event in events(run):
        if event["event"] == "end" and event["stage"] in wanted:
            row(name, points, event["stage"], event["seconds"], event["cpu_seconds"], event.get("peak_resident_bytes"))
        if event["event"] == "end" and event["stage"] == "cmc":
            merging = event["up"]
        if event["event"] == "start" and event["stage"] == "evaluate" and merging is not None:
            row(name, points, "merge", event["up"] - merging)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("venv")
    parser.add_argument("--frames", default="72,123,200,429")
    parser.add_argument("--modes", default="static,laminar_flow")
    parser.add_argument("--sample", type=int, default=123)
    parser.add_argument("--folder", default=os.path.join(REPO, "build", "sizes"))
    options = parser.parse_args()
    folder, python = os.path.abspath(options.folder), options.venv + "/bin/python"
    print(f"{'scan':<14}{'points':>10}  {'stage':<10}{'s':>8} {'CPU s':>8} {'MiB':>8}")
    for mode in options.modes.split(","):
        for frames in map(int, options.frames.split(",")):
            name = f"{mode.split('_')[0]}-{frames}"
            data, config = f"{folder}/{name}", f"{folder}/{name}.yaml"
            points = len(PHI[mode].split(",")) * (frames - 1) ** 2
            subprocess.run([python, REPO + "/examples/make_xpcs.py", data, "--mode", mode, "--frames", str(frames), "--phi", PHI[mode], "--seed", "1"], check=True)
            subprocess.run([python, REPO + "/examples/make_config.py", data, config, f"optimization.cmc.sharding.num_shards={max(2, points // 10000)}",
                            "optimization.mcmc.num_warmup=20", "optimization.mcmc.num_samples=20", "optimization.mcmc.num_chains=2",
                            "optimization.cmc.per_shard_mcmc.adaptive_sampling=false"], check=True)
            os.chdir(folder)
            hlaunch(options.venv, config, data + "-nlsq", "--mode", "nlsq")
            stages(name, points, data + "-nlsq", ("survey", "nlsq"))
            if frames <= options.sample and mode == "static":
                hlaunch(options.venv, config, data + "-cmc", "--mode", "cmc", "--posterior", "consensus", "--nlsq-result", data + "-nlsq/nlsq/out",
                        *(word for check in ("ess", "r-hat", "divergences", "tension") for word in ("--accept", check)))
                stages(name, points, data + "-cmc", ("cmc", "evaluate"))


if __name__ == "__main__":
    sys.exit(main())
