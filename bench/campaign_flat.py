#!/usr/bin/env python3
"""What hlaunch itself spends on each scan of a campaign, against the number of scans.

usage: campaign_flat.py HLAUNCH HOMODYNE [--scans 500,1000,2000,5000] [--rounds 1]
HLAUNCH: the program or a build folder. HOMODYNE: the command, which analyses one scan; bench/fake_homodyne.py then answers all others
with its files, so that a scan takes no time of its own. CPU time is that of hlaunch's own process, without what it starts.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("hlaunch")
    parser.add_argument("homodyne")
    parser.add_argument("--scans", default="500,1000,2000,5000")
    parser.add_argument("--rounds", type=int, default=1)
    a = parser.parse_args()
    if os.path.isdir(a.hlaunch):
        a.hlaunch = os.path.join(a.hlaunch, "hlaunch")
    a.hlaunch, a.homodyne = os.path.abspath(a.hlaunch), os.path.abspath(shutil.which(a.homodyne) or a.homodyne)
    return a


def record(a, folder):
    """One scan by the real homodyne: folder/scan and the campaign's output in folder/recorded."""
    python, examples = os.path.join(os.path.dirname(a.homodyne), "python"), os.path.dirname(HERE) + "/examples"
    subprocess.run([python, examples + "/make_xpcs.py", "scan", "--frames", "48", "--phi", "0,60,120"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    subprocess.run([python, examples + "/make_config.py", "scan", "config.yaml"], cwd=folder, check=True)
    subprocess.run([a.hlaunch, "campaign", "--config", "config.yaml", "--data", "scan/xpcs.h5", "--plots", "none", "--app", a.homodyne,
                    "--output", "recorded", "--quiet"], cwd=folder, check=True, stdin=subprocess.DEVNULL)


def measure(a, folder, count):
    """(wall seconds, own user seconds, own system seconds, own peak resident MiB)"""
    data = f"{folder}/data-{count}"
    os.makedirs(data, exist_ok=True)
    for number in range(count):
        with open(f"{data}/s{number:05}.h5", "w", encoding="utf-8") as file:
            file.write(f"scan {number}")
    output = f"{folder}/out-{count}"
    shutil.rmtree(output, ignore_errors=True)
    start = time.monotonic()
    process = subprocess.Popen([a.hlaunch, "campaign", "--config", "config.yaml", "--data", data + "/*.h5", "--plots", "none", "--instances", "1",
                                "--app", f"python3 -I {HERE}/fake_homodyne.py {folder}/recorded", "--output", output, "--quiet"],
                               cwd=folder, stdin=subprocess.DEVNULL)
    peak = 0
    while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
        with open(f"/proc/{process.pid}/status", encoding="utf-8") as status:
            peak = max([peak, *(int(line.split()[1]) for line in status if line.startswith("VmHWM"))])
        time.sleep(0.1)
    wall = time.monotonic() - start
    with open(f"/proc/{process.pid}/stat", encoding="utf-8") as stat:
        times = stat.read().rpartition(")")[2].split()
    if process.wait() != 0:
        sys.exit(f"hlaunch campaign ended with {process.returncode}; see {output}")
    tick = os.sysconf("SC_CLK_TCK")
    return wall, int(times[11]) / tick, int(times[12]) / tick, peak / 1024


def main():
    a = read_arguments()
    with tempfile.TemporaryDirectory(prefix="hlaunch-bench.") as folder:
        record(a, folder)
        print("scans   ms wall a scan   ms user   ms system   peak MiB")
        for _ in range(a.rounds):
            for count in map(int, a.scans.split(",")):
                wall, user, system, peak = measure(a, folder, count)
                print(f"{count:5} {1000 * wall / count:16.2f} {1000 * user / count:9.2f} {1000 * system / count:11.2f} {peak:10.1f}", flush=True)


main()
