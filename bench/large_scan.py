#!/usr/bin/env python3
"""A scan of 500,000 points at its real size: are all planned workers busy, and is the memory as forecast?

usage: large_scan.py VENV [--minutes 4] [--folder DIR]      VENV: environment with homodyne (tools/homodyne-venv.sh)
Starts the main job on two placements of one core each, lets it sample for some minutes, stops it, and prints for each
placement: CPU of the workers as a share of their cores' time while shards were left, peak memory against the forecast.
"""
import argparse
import json
import os
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
REPO = os.path.dirname(HERE)
TICK = os.sysconf("SC_CLK_TCK")


def workers(run_folder):
    """{pid: (part, cpu seconds)} of the sampling processes of this run."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            command = open(f"/proc/{pid}/cmdline", "rb").read()
            environment = open(f"/proc/{pid}/environ", "rb").read().decode(errors="replace")
            fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if b"--multiprocessing-fork" not in command or run_folder not in environment:
            continue
        task = next(v for v in environment.split("\0") if v.startswith("HLAUNCH_TASK="))
        found[int(pid)] = (task.split("/")[-2], (int(fields[11]) + int(fields[12])) / TICK)
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("venv")
    parser.add_argument("--minutes", type=float, default=4.0)
    parser.add_argument("--folder", default=os.path.join(REPO, "build", "large_scan"))
    options = parser.parse_args()
    folder = os.path.abspath(options.folder)
    os.makedirs(folder, exist_ok=True)
    python = os.path.join(options.venv, "bin", "python")
    if not os.path.exists(folder + "/xpcs.h5"):
        subprocess.run([python, REPO + "/examples/make_xpcs.py", folder, "--frames", "252", "--phi", "0,22.5,45,67.5,90,112.5,135,157.5"], check=True)
        subprocess.run([python, REPO + "/examples/make_config.py", folder, folder + "/config.yaml", "optimization.mcmc.num_chains=2"], check=True)
    out = os.path.join(folder, "run")
    job = subprocess.Popen(
        [REPO + "/build/hlaunch", "--mode", "cmc", "--per", "cores:1", "--config", folder + "/config.yaml", "--output", out, "--fresh",
         "--app", options.venv + "/bin/homodyne"], cwd=folder, stdin=subprocess.DEVNULL)
    first, last, started = {}, {}, None
    while job.poll() is None:
        now = time.monotonic()
        seen = workers(out)
        if seen and started is None:
            started = now
        if started is not None and now - started > 20 and not first:  # imports are over
            first = {pid: (part, cpu, now) for pid, (part, cpu) in seen.items()}
        if first:
            for pid, (part, cpu) in seen.items():
                if pid in first:
                    last[pid] = (cpu, now)
            if now - started > 60 * options.minutes:
                job.send_signal(signal.SIGINT)
                job.wait()
                break
        time.sleep(1)
    plan = json.load(open(out + "/plan.json"))
    ok = bool(first)
    for part in plan["parts"]:
        name = f"{part['index']:03}"
        mine = [(last[pid][0] - cpu) / (last[pid][1] - since) for pid, (p, cpu, since) in first.items() if p == name and pid in last]
        busy = sum(mine) / len(mine) if mine else 0.0
        proof = json.load(open(f"{out}/parts/{name}/proof.json"))
        peak, forecast = proof["observed"]["peak_resident_bytes"], part["memory_bytes"]
        print(f"part {name}: {len(part['shards'])} shards, {len(mine)} of {part['workers']} workers, busy {100 * busy:.1f} % of their cores' time; "
              f"peak {peak / 1e9:.2f} GB, forecast {forecast / 1e9:.2f} GB, ratio {max(peak / forecast, forecast / peak):.2f}")
        ok = ok and len(mine) == part["workers"] and busy >= 0.9 and max(peak / forecast, forecast / peak) <= 1.5
    print(f"{sum(s['points'] for s in json.load(open(out + '/survey/facts.json'))['shards'])} points in {len(json.load(open(out + '/survey/facts.json'))['shards'])} shards")
    sys.exit(0 if ok else 1)


if __name__ == "__main__":
    main()
