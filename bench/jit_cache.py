#!/usr/bin/env python3
"""What a warm cache of compiled code saves, with the real homodyne: K instances at once, cold and warm in turn.

usage: jit_cache.py BUILD VENV [--rounds 3] [--instances 2] [--folder DIR]     VENV: environment with homodyne
The reference analysis (static, 39,760 points, 4 shards, few draws) on K placements of one core each. Prints the seconds of the
whole run and of each stage, median and spread, and the difference beside the 10 s a run that homodyne's guide tells of.
Nothing is asserted: times depend on the machine.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

REPO = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
GUIDE_S = 10.0


def seconds_of(run, command, cache):
    if os.path.exists(run):
        shutil.rmtree(run)
    environment = dict(os.environ, HLAUNCH_JIT_CACHE=cache)
    start = time.monotonic()
    ended = subprocess.run(command + ["--output", run], env=environment, stdout=subprocess.DEVNULL, cwd=os.path.dirname(run), check=False)
    seconds = {"whole run": time.monotonic() - start}
    if ended.returncode != 0:
        sys.exit(f"the run in {run} ended with {ended.returncode}")
    with open(os.path.join(run, "journal.jsonl"), encoding="utf-8") as f:
        for line in f:
            event = json.loads(line.split(" ", 1)[1])
            if event["event"] == "end":
                stage = f"slowest of {event['stage']}"
                seconds[stage] = max(seconds.get(stage, 0.0), event["seconds"])
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("venv")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--instances", type=int, default=2)
    parser.add_argument("--folder")
    options = parser.parse_args()
    folder = os.path.abspath(options.folder or tempfile.mkdtemp(prefix="hlaunch-bench-"))
    python, homodyne = (os.path.join(os.path.abspath(options.venv), "bin", name) for name in ("python", "homodyne"))
    data, config = os.path.join(folder, "data"), os.path.join(folder, "config.yaml")
    os.makedirs(data, exist_ok=True)
    examples = os.path.join(REPO, "examples")
    subprocess.run([python, f"{examples}/make_xpcs.py", data, "--frames", "72", "--phi", "0,22.5,45,67.5,90,112.5,135,157.5", "--seed", "3"],
                   check=True, stdout=subprocess.DEVNULL)
    settings = ["optimization.mcmc.num_warmup=70", "optimization.mcmc.num_samples=50", "optimization.mcmc.num_chains=2",
                "optimization.cmc.sharding.num_shards=4"]
    subprocess.run([python, f"{examples}/make_config.py", "data", config, *settings], cwd=folder, check=True)
    command = [os.path.join(os.path.abspath(options.build), "hlaunch"), "--mode", "cmc", "--config", config, "--app", homodyne, "--per", "cores:1",
               "--instances", str(options.instances), "--quiet"]
    for check in ("ess", "r-hat", "divergences"):
        command += ["--accept", check]
    times = {"cold": [], "warm": []}
    warm = os.path.join(folder, "warm")
    for number in range(options.rounds + 1):
        for kind in times:
            cold = os.path.join(folder, "cold")
            shutil.rmtree(cold, ignore_errors=True)
            if number == 0 and kind == "cold":
                continue  # the first round fills the warm one and the page cache
            seconds = seconds_of(os.path.join(folder, "run"), command, warm if kind == "warm" else cold)
            if number > 0:
                times[kind].append(seconds)
    print(f"{options.instances} instances at once, {options.rounds} rounds; seconds, median (least to most)")
    for stage in times["cold"][0]:
        row = {kind: [run[stage] for run in runs] for kind, runs in times.items()}
        text = "   ".join(f"{kind} {statistics.median(v):6.1f} ({min(v):.1f} to {max(v):.1f})" for kind, v in row.items())
        saved = statistics.median(row["cold"]) - statistics.median(row["warm"])
        print(f"{stage:<22} {text}   saved {saved:5.1f}")
        if stage == "whole run":
            whole = saved
    print(f"the guide: about {GUIDE_S:.0f} s a run; here {whole:.1f} s")
    if not options.folder:
        shutil.rmtree(folder)


main()
