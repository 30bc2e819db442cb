#!/usr/bin/env python3
"""Scans a minute through `hlaunch campaign`, beside a shell loop over homodyne's command line and GNU parallel -j2.

usage: campaign.py HLAUNCH HOMODYNE [--scans 8,24] [--rounds 3] [--plots all,none] [--angles 8] [--frames 64] [--loop-scans N] [--json]
HLAUNCH: the program or a build folder. HOMODYNE: the command. Every competitor analyses the same scans on the same CPUs, one
round after the other, each in a folder of its own with all caches of compiled code as they are by default. The command line has no
switch for its heatmaps: it always draws them. What each thing saves is told from the journals. hlaunch's outputs are compared with the loop's, file by file
(tests/real/same_outputs.py). Wall times mean something on a quiet machine only; CPU times are steadier. Nothing is asserted.
A long loop is measured over its first --loop-scans scans (default: all) and scaled: each of its scans is a process of its own.
"""
import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("hlaunch")
    parser.add_argument("homodyne")
    parser.add_argument("--scans", default="8,24")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--plots", default="all,none")
    parser.add_argument("--angles", type=int, default=8)
    parser.add_argument("--frames", type=int, default=64)
    parser.add_argument("--loop-scans", type=int, default=0, help="measure the loop and parallel over so many, and scale")
    parser.add_argument("--json", action="store_true")
    a = parser.parse_args()
    if os.path.isdir(a.hlaunch):
        a.hlaunch = os.path.join(a.hlaunch, "hlaunch")
    a.hlaunch, a.homodyne = os.path.abspath(a.hlaunch), os.path.abspath(shutil.which(a.homodyne) or a.homodyne)
    return a


def timed(command, folder):
    """(wall seconds, CPU seconds of the tree)."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    done = subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    wall = time.monotonic() - start
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed: {done.stderr.decode(errors='replace')[-800:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


class Scans:
    """The data, and for the command line a folder a scan with its config: its cache would answer with another's."""

    def __init__(self, a, root, count):
        self.a, self.root, self.count = a, root, count
        python = os.path.join(os.path.dirname(a.homodyne), "python")
        angles = ",".join(str(round(180.0 * k / a.angles, 3)) for k in range(a.angles))
        for i in range(count):
            folder = os.path.join(root, f"scan{i:02}")
            subprocess.run([python, f"{ROOT}/examples/make_xpcs.py", folder, "--frames", str(a.frames), "--phi", angles, "--seed", str(i + 1)],
                           check=True, stdout=subprocess.DEVNULL)
            subprocess.run([python, f"{ROOT}/examples/make_config.py", ".", "config.yaml"], cwd=folder, check=True)
        self.config = os.path.join(root, "scan00", "config.yaml")
        self.data = [os.path.join(root, f"scan{i:02}", "xpcs.h5") for i in range(count)]

    def fresh(self, limit):
        """Folders for the command line, without what a former round left."""
        top = tempfile.mkdtemp(dir=self.root)
        for i in range(limit):
            shutil.copytree(os.path.join(self.root, f"scan{i:02}"), os.path.join(top, f"scan{i:02}"))
        return top

    def by_hand(self, limit, jobs):
        top = self.fresh(limit)
        one = f'cd "$1" && exec "{self.a.homodyne}" --config config.yaml --method nlsq --output-dir out'
        if jobs == 1:
            script = f'for scan in scan*; do (set -- "$scan"; {one}) || exit; done'
            command = ["bash", "-c", script]
        else:
            command = ["parallel", f"-j{jobs}", "--will-cite", "--halt", "now,fail=1", "bash", "-c", f"'{one}'", "_", "{}",
                       ":::", *(f"scan{i:02}" for i in range(limit))]
        return timed(command, top), top

    def campaign(self, plots):
        top = tempfile.mkdtemp(dir=self.root)
        return timed([self.a.hlaunch, "campaign", "--config", self.config, "--data", *self.data, "--plots", plots, "--app", self.a.homodyne,
                      "--reserve-cores", "0", "--output", f"{top}/out", "--quiet"], top), f"{top}/out"


def same_outputs(by_hand, campaign, a):
    python = os.path.join(os.path.dirname(a.homodyne), "python")
    said = []
    for scan in sorted(os.listdir(by_hand)):
        with open(os.path.join(campaign, "table.json")) as file:
            rows = {os.path.basename(os.path.dirname(row["data"])): row["name"] for row in json.load(file)["scans"]}
        done = subprocess.run([python, f"{ROOT}/tests/real/same_outputs.py", f"{by_hand}/{scan}/out", f"{campaign}/scans/{rows[scan]}/nlsq/out"],
                              capture_output=True, text=True)
        said.append(done.stdout.strip() if done.returncode == 0 else "DIFFERS: " + done.stderr.strip())
    return sorted(set(said))


def stage_seconds(campaign):
    """By stage: seconds of the first scan of each placement, and of the later ones, which find all imported and compiled."""
    order, took, placements = {}, {}, 0
    with open(f"{campaign}/plan.json") as file:
        placements = len(json.load(file)["placements"])
    with open(f"{campaign}/journal.jsonl") as file:
        for line in file:
            event = json.loads(line[17:])
            if event["event"] == "start" and "part" in event:
                order.setdefault(event["stage"], []).append(event["part"])
            elif event["event"] == "end" and "part" in event:
                took[event["stage"], event["part"]] = event["seconds"]
    return {stage: (statistics.median(took[stage, p] for p in parts[:placements]), statistics.median(took[stage, p] for p in parts[placements:]))
            for stage, parts in order.items() if len(parts) > placements}


def savings(loop_s, plots_all, plots_none, walls_s):
    """Where a scan's seconds go that the loop needs and the campaign does not; what the parts do not explain is done side by side."""
    once = plots_none["check"][0] - plots_none["check"][1] + plots_none["fit"][0] - plots_none["fit"][1]
    cold = plots_none["check"][0] - plots_none["check"][1] + plots_none["fit"][0]
    ours = plots_all["fit"][1] - plots_none["fit"][1]
    pool = loop_s - cold - ours
    return {"imports and compilation once": once, "heatmaps without a pool of processes": pool,
            "scans side by side, less the look at each": loop_s - walls_s["all"] - once - pool,
            "no heatmaps at all (--plots none)": walls_s["all"] - walls_s["none"]}


def spread(values):
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def measure(a, count):
    with tempfile.TemporaryDirectory(prefix="hlaunch-bench.") as root:
        scans = Scans(a, root, count)
        limit = min(count, a.loop_scans or count)
        ways = {"loop": lambda: scans.by_hand(limit, 1), "parallel -j2": lambda: scans.by_hand(limit, 2)}
        if not shutil.which("parallel"):
            print("GNU parallel is not installed: left out", file=sys.stderr)
            del ways["parallel -j2"]
        for plots in a.plots.split(","):
            ways[f"campaign --plots {plots}"] = lambda plots=plots: scans.campaign(plots)
        walls, cpus, same, saved = {name: [] for name in ways}, {name: [] for name in ways}, None, []
        for number in range(a.rounds):
            folders = {}
            for name, way in ways.items():
                (wall, cpu), folders[name] = way()
                scale = count / limit if not name.startswith("campaign") else 1.0
                walls[name].append(wall * scale)
                cpus[name].append(cpu * scale)
                print(f"round {number + 1}: {count} scans, {name}: {wall * scale:.1f} s, {cpu * scale:.1f} s of CPU", file=sys.stderr, flush=True)
            if same is None and "campaign --plots all" in ways:
                same = same_outputs(folders["loop"], folders["campaign --plots all"], a)
            if {"campaign --plots all", "campaign --plots none"} <= set(folders):
                saved.append(savings(walls["loop"][-1] / count, *(stage_seconds(folders[f"campaign --plots {p}"]) for p in ("all", "none")),
                                     {p: walls[f"campaign --plots {p}"][-1] / count for p in ("all", "none")}))
            for folder in folders.values():
                shutil.rmtree(folder if os.path.basename(folder) != "out" else os.path.dirname(folder), ignore_errors=True)
    out = {"scans": count, "loop_measured_over": limit, "same_outputs": same, "ways": {},
           "saved_s_per_scan": {what: spread([one[what] for one in saved]) for what in (saved[0] if saved else {})}}
    for name in ways:
        ratios = {f"times {other}": spread([o / w for o, w in zip(walls[other], walls[name])]) for other in ways if not other.startswith("campaign")}
        out["ways"][name] = {"wall_s": spread(walls[name]), "cpu_s": spread(cpus[name]),
                             "scans_per_minute": 60.0 * count / statistics.median(walls[name]), "ratios": ratios}
    return out


def main():
    a = read_arguments()
    results = [measure(a, int(count)) for count in a.scans.split(",")]
    if a.json:
        print(json.dumps(results, indent=1))
        return
    for result in results:
        scaled = "" if result["loop_measured_over"] == result["scans"] else f" (by hand: {result['loop_measured_over']} measured, scaled)"
        print(f"\n{result['scans']} scans, {a.angles} angles, {a.frames} frames; {a.rounds} rounds in turn; median (least to most){scaled}")
        for name, way in result["ways"].items():
            wall, cpu = way["wall_s"], way["cpu_s"]
            ratios = "  ".join(f"{r['median']:.2f} {key} ({r['least']:.2f} to {r['most']:.2f})" for key, r in way["ratios"].items() if key != f"times {name}")
            print(f"  {name:24} {way['scans_per_minute']:6.1f} scans/min  {wall['median']:7.1f} s ({wall['least']:.1f} to {wall['most']:.1f})  "
                  f"CPU {cpu['median']:7.1f} s  {ratios}")
        whole = result["ways"]["loop"]["wall_s"]["median"] / result["scans"]
        for what, s in result["saved_s_per_scan"].items():
            print(f"  of the loop's {whole:.1f} s a scan, {what}: {s['median']:.1f} s ({s['least']:.1f} to {s['most']:.1f}), {100 * s['median'] / whole:.0f} %")
        print("  outputs of the loop and of campaign --plots all:", "; ".join(result["same_outputs"] or ["not compared"]))


main()
