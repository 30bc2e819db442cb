#!/usr/bin/env python3
"""What one kept process of the application leaves behind after each of many analyses.

usage: kept_worker.py FOLDER [--analyses 200] [--frames 32,33,...] [--phi 0,60,120] [--modes static,laminar_flow] [--plots none]
                      [--broken-each N] [--steady-from N] [--grown-by MIB] [--steady-after N]
Run by the Python of the environment with homodyne. Speaks the pipe protocol of hlaunch_shim/serve.py itself: of each scan (own seed,
own number of frames) first the survey, then NLSQ, as a campaign does; with --posterior also rounds of its density, after which it
is to forget the scan. A line an analysis: seconds, seconds of CPU, threads, open
descriptors, resident memory. The last analysis is the first one's scan again, and must give the same numbers.
--phi: several sets of angles with / between them. --broken-each N: before each Nth the survey and the fit of a torn file.
With --steady-from N: exit code 1 where threads or descriptors differ from those after analysis N at any later one, or memory is more
than --grown-by MiB above that after analysis --steady-after (the median of three each).
"""
import argparse
import itertools
import json
import os
import select
import shutil
import statistics
import subprocess
import sys
import time

import numpy as np

REPO = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(REPO, "examples"))
import make_config  # noqa: E402
import make_xpcs  # noqa: E402


class Worker:
    """homodyne as hlaunch keeps it (src/job/session/warm_servers.cpp, src/homodyne/app/environment.cpp)."""

    def __init__(self, folder, most_compiled_bytes):
        self.cores = len(os.sched_getaffinity(0))
        requests, replies = os.pipe(), os.pipe()  # both ends stay open here: the worker opens its own by name
        self.requests, self.replies = requests[1], os.fdopen(replies[0], encoding="utf-8")
        self._others = (requests[0], replies[1])
        name = "/proc/{}/fd/{}".format
        task = {"task": "serve", "placement": self.placement(), "shm_prefix": "",
                "requests": name(os.getpid(), requests[0]), "replies": name(os.getpid(), replies[1]), "most_compiled_bytes": most_compiled_bytes}
        environment = {**os.environ, "HLAUNCH_TASK": write(folder + "/task.json", task), "PYTHONPATH": REPO + "/src/homodyne/shim",
                       "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false --xla_force_host_platform_device_count=1",
                       "PJRT_NPROC": str(self.cores), "OMP_NUM_THREADS": str(self.cores), "PYTHONDONTWRITEBYTECODE": "1"}
        environment.setdefault("HLAUNCH_JIT_CACHE", folder + "/jit")
        with open(folder + "/log", "w", encoding="utf-8") as log:
            self.process = subprocess.Popen([os.path.join(os.path.dirname(sys.executable), "homodyne")], cwd=folder, env=environment,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.ended = os.pidfd_open(self.process.pid)
        self.log = folder + "/log"

    def placement(self):
        return {"logical": self.cores, "physical": self.cores, "memory_bytes": 0}

    def ask(self, task, argv, folder, fails=False):
        """Seconds until the answer, and of CPU."""
        log, work = folder + "/log", folder + "/work"
        os.makedirs(work, exist_ok=True)  # beside it the cache of the data, each scan's own
        request = {"task": write(folder + f"/{task['task']}.json", task), "argv": argv, "cwd": work, "stdout": log, "stderr": log}
        start = time.monotonic()
        os.write(self.requests, (json.dumps(request) + "\n").encode())
        ready, _, _ = select.select([self.replies, self.ended], [], [])
        if self.replies not in ready:
            sys.exit(f"the worker ended: {tail(self.log)}")
        answer = json.loads(self.replies.readline())
        if (answer["code"] != 0) != fails:
            sys.exit(f"exit code {answer['code']} of {argv}: {tail(log)}")
        return time.monotonic() - start, answer["cpu_seconds"]

    def seen(self):
        proc = f"/proc/{self.process.pid}"
        with open(proc + "/status", encoding="ascii") as file:
            status = dict(line.split(":", 1) for line in file)
        mib = {name: int(status[name].split()[0]) / 1024 for name in ("VmRSS", "RssAnon")}
        return {"threads": len(os.listdir(proc + "/task")), "descriptors": len(os.listdir(proc + "/fd")),
                "resident_mib": mib["VmRSS"], "anonymous_mib": mib["RssAnon"]}

    def end(self):
        os.close(self.requests)
        os.close(self._others[0])
        self.process.wait()


def write(path, value):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file)
    return path


def tail(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()[-2000:]


class Scans:
    def __init__(self, a):
        self.a = a
        self.kinds = list(itertools.islice(itertools.cycle((mode, frames, phi) for frames in a.frames for phi in a.phi for mode in a.modes),
                                           a.analyses - 1))
        self.kinds.append(self.kinds[0])

    def make(self, index):
        """The folder of scan `index`; its data and config in it."""
        mode, frames, phi = self.kinds[index]
        folder = os.path.join(self.a.folder, f"{index:04}")
        seed = 1 if index == len(self.kinds) - 1 else index + 1
        make_xpcs.main([folder, "--mode", mode, "--frames", str(frames), "--phi", phi, "--seed", str(seed)])
        sys.argv = ["make_config.py", folder, folder + "/config.yaml", "--templates", self.a.folder, *self.a.settings]
        make_config.main()
        return folder


def analyse(worker, folder, plots, torn=False):
    config = folder + "/derived.yaml"
    common = {"placement": worker.placement(), "shm_prefix": ""}
    looked = worker.ask({"task": "survey", **common, "user_config": folder + "/config.yaml", "user_cwd": folder, "config": config,
                         "facts": folder + "/facts.json", "method": "nlsq", "scan": {"data": folder + "/xpcs.h5"}},
                        ["--config", config], folder)
    with open(folder + "/facts.json", encoding="utf-8") as file:
        facts = json.load(file)
    if ("error" in facts) != torn:
        sys.exit(f"the survey says: {facts}")
    fitted = worker.ask({"task": "nlsq", **common, "plots": plots},
                        ["--config", config, "--method", "nlsq", "--output-dir", folder + "/out"], folder, fails=torn)
    return facts.get("data_points"), looked, fitted


def ask_density(worker, folder):
    """A start, three rounds and an end, as of an exact posterior. Seconds, of CPU."""
    points, rows = folder + "/points", folder + "/rows.npy"
    os.makedirs(points, exist_ok=True)

    def ask(do, **more):
        return np.array(worker.ask({"task": "density", "do": do, **more}, [], folder))

    spent = ask("prepare", config=folder + "/derived.yaml", nlsq_result=None, yaml_priors=True, folder=points)
    with open(points + "/model.json", encoding="utf-8") as file:
        model = json.load(file)
    middle = [0.0 if site["kind"] == "z" else np.log(model["noise_scale"]) if site["log"] else site["prior_loc"] for site in model["sites"]]
    np.save(rows, np.tile(middle, (40, 1)))
    for do in ("sums", "quadratic", "parameters"):
        spent += ask(do, folder=points, first=0, last=model["blocks"], points=rows, answer=folder + "/answer.npy", prior=folder + "/prior.npy")
    return spent + ask("forget")


def tear(folder):
    """A folder with the same scan, but half of its file."""
    torn = folder + "-torn"
    shutil.copytree(folder, torn)
    os.truncate(torn + "/xpcs.h5", os.path.getsize(torn + "/xpcs.h5") // 2)
    return torn


def result(folder):
    with open(folder + "/out/nlsq/parameters.json", encoding="utf-8") as file:
        answer = json.load(file)
    return {key: value for key, value in answer.items() if key != "timestamp"}


def mistaken(folder, kinds):
    """Where a scan got another's answer: the last is the first again, all others have noise of their own."""
    results = [result(os.path.join(folder, f"{index:04}")) for index in range(len(kinds))]
    said = [] if results[0] == results[-1] else [f"the first scan again is not the same: {results[0]} and {results[-1]}"]
    for index, kind in enumerate(kinds[1:-1], 1):
        if kind == kinds[0] and results[index] == results[0]:
            said.append(f"scan {index + 1} has the answer of the first: {results[0]}")
    return said


def unsteady(a, rows):
    """Of what there is more at the end."""
    said = []
    for what in ("threads", "descriptors"):
        at = rows[a.steady_from - 1][what]
        if others := {i + 1: row[what] for i, row in enumerate(rows) if i >= a.steady_from and row[what] != at}:
            said.append(f"{what}: {at} after analysis {a.steady_from}, but after others (first ten) {dict(list(others.items())[:10])}")
    middle = lambda three: statistics.median(row["resident_mib"] for row in three)  # noqa: E731
    begin, end = middle(rows[a.steady_after - 3:a.steady_after]), middle(rows[-3:])
    if end > begin + a.grown_by:
        said.append(f"resident: {begin:.0f} MiB after analysis {a.steady_after}, {end:.0f} MiB at the end: {end - begin:.0f} more, allowed {a.grown_by:.0f}")
    return said


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--analyses", type=int, default=200)
    parser.add_argument("--frames", type=lambda text: [int(word) for word in text.split(",")], default=list(range(32, 49)))
    parser.add_argument("--phi", type=lambda text: text.split("/"), default=["0,60,120"])
    parser.add_argument("--modes", type=lambda text: text.split(","), default=["static", "laminar_flow"])
    parser.add_argument("--plots", default="none")
    parser.add_argument("--most-compiled", type=int, default=1024, metavar="MIB", help="growth after which it drops compiled code")
    parser.add_argument("--set", action="append", default=[], dest="settings", metavar="key.path=value", help="of each scan's config")
    parser.add_argument("--broken-each", type=int, default=0, metavar="N")
    parser.add_argument("--posterior", action="store_true", help="fit_s and cpu_s are then with it")
    parser.add_argument("--steady-from", type=int)
    parser.add_argument("--steady-after", type=int, default=20)
    parser.add_argument("--grown-by", type=float, default=50.0)
    a = parser.parse_args()
    a.folder = os.path.abspath(a.folder)
    os.makedirs(a.folder, exist_ok=True)
    scans, worker, rows = Scans(a), Worker(a.folder, a.most_compiled << 20), []
    print("analysis mode          frames angles  points survey_s  fit_s  cpu_s  threads descriptors resident_mib anonymous_mib")
    for index, (mode, frames, phi) in enumerate(scans.kinds):
        folder = scans.make(index)
        if a.broken_each and (index + 1) % a.broken_each == 0:
            analyse(worker, tear(folder), a.plots, torn=True)
        points, looked, fitted = analyse(worker, folder, a.plots)
        if a.posterior:
            fitted = fitted + ask_density(worker, folder)
        rows.append(worker.seen())
        row = rows[-1]
        print(f"{index + 1:8} {mode:13} {frames:6} {phi.count(',') + 1:6} {points:8} {looked[0]:8.2f} {fitted[0]:6.2f} {looked[1] + fitted[1]:6.2f} "
              f"{row['threads']:8} {row['descriptors']:11} {row['resident_mib']:12.1f} {row['anonymous_mib']:13.1f}", flush=True)
    worker.end()
    said = mistaken(a.folder, scans.kinds)
    if a.steady_from:
        said += unsteady(a, rows)
    for line in said:
        print(line)
    sys.exit(1 if said else 0)


if __name__ == "__main__":
    main()
