#!/usr/bin/env python3
"""What `hlaunch queue` costs beside its peers: CPU time a task, start-up, resident memory.

usage: queue.py HLAUNCH [--rounds 5] [--tasks 2000] [--parts cpu,startup,memory] [--tasks-large 100000] [--json]
HLAUNCH: the program or a build folder. CPU time is user + system of the whole process tree, the tasks (/bin/true) and daemons
included; the competitors run in turn, round by round, so that a busy machine hits all alike. Wall times mean something on a
quiet machine only. What is not installed is left out, and said. Nothing is asserted: targets are printed as met or not met.
ext4 without a journal of its own searches past inodes that were deleted in the last minutes, at each new file: measured, 1.9 ms a
task instead of 0.9. So nothing is removed before the end, GNU parallel's own files go to /dev/shm, and --output is measured there too.
Debian: parallel, g++. PyPI: hyperqueue, put into a virtual environment in the cache folder.
"""
import argparse
import contextlib
import ctypes
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
TRUE, FALSE = "/bin/true", "/bin/false"
AT_ONCE = 2
START_UP_TARGET_MS, MEMORY_TARGET_MIB, CPU_TARGET_MS = 50.0, 10.0, 1.0
PR_SET_CHILD_SUBREAPER = 36

# Server and worker are threads of this process in 0.27; were they daemons, the subreaper around it would count them.
HYPERQUEUE = """
import sys
from hyperqueue import Job, LocalCluster
from hyperqueue.cluster import WorkerConfig
tasks, at_once, folder, program = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
with LocalCluster(folder, WorkerConfig(cores=at_once)) as cluster:
    job = Job(folder)
    for number in range(tasks):
        job.program([program, str(number)], stdout=None, stderr=None)
    client = cluster.client()
    client.wait_for_jobs([client.submit(job)])
"""


def spawn(command, stdin=os.devnull, stderr=os.devnull):
    actions = [(os.POSIX_SPAWN_OPEN, 0, stdin, os.O_RDONLY, 0), (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
               (os.POSIX_SPAWN_OPEN, 2, stderr, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)]
    # In another locale /bin/true itself reads fifteen files of it, more work than any queue's.
    return os.posix_spawn(command[0], command, {**os.environ, "LC_ALL": "C"}, file_actions=actions)


def cost(command, stdin, stderr):
    """(CPU ms, wall ms) of all that the command starts: a child of ours adopts and reaps what it leaves behind."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
            start = time.monotonic()
            first, status = spawn(command, stdin, stderr), None
            while True:
                try:
                    pid, ended = os.wait()
                except ChildProcessError:
                    break
                if pid == first:
                    status = ended
            wall = time.monotonic() - start
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
            os.write(write_end, json.dumps([status, (used.ru_utime + used.ru_stime) * 1e3, wall * 1e3]).encode())
        finally:
            os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    status, cpu_ms, wall_ms = json.loads(answer) if answer else (-1, 0.0, 0.0)
    if status != 0:
        with open(stderr, encoding="utf-8", errors="replace") as f:
            sys.exit(f"{' '.join(command)[:200]}\nfailed, wait status {status}: {f.read()[-500:]}")
    return cpu_ms, wall_ms


def newest_python():
    for minor in range(20, 8, -1):
        path = shutil.which(f"python3.{minor}")
        if path and subprocess.run([path, "-c", "import ensurepip, venv"], capture_output=True, check=False).returncode == 0:
            return path
    return sys.executable


def hyperqueue_python():
    """The interpreter of an environment with hyperqueue, made at the first call; None and why it is not there."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    venv = os.path.join(cache, "hlaunch", "bench-hyperqueue")
    python = os.path.join(venv, "bin", "python")
    version = [python, "-c", "import hyperqueue, importlib.metadata as m; print(m.version('hyperqueue'))"]
    for step in ([newest_python(), "-m", "venv", "--clear", venv], [python, "-m", "pip", "install", "--quiet", "hyperqueue"]):
        if os.path.exists(python) and subprocess.run(version, capture_output=True, check=False).returncode == 0:
            break
        if subprocess.run(step, stdout=sys.stderr, check=False).returncode != 0:
            return None, "pip install hyperqueue failed (its wheels need Linux on x86_64 and Python 3.9 or newer)"
    return python, subprocess.run(version, capture_output=True, text=True, check=True).stdout.strip()


class Bench:
    def __init__(self, hlaunch, folder, memory_folder):
        self.hlaunch, self.folder, self.runs = hlaunch, folder, 0
        self.memory_folder = memory_folder  # in /dev/shm, None where there is none
        self.missing = {}

    def path(self, name):
        return os.path.join(self.folder, name)

    def task_file(self, tasks, program=TRUE):
        path = self.path(f"tasks-{tasks}-{os.path.basename(program)}")
        if not os.path.exists(path):
            with open(path, "w", encoding="utf-8") as f:
                f.writelines(f"{program} {number}\n" for number in range(tasks))
        return path

    def number_file(self, tasks):
        path = self.path(f"numbers-{tasks}")
        with open(path, "w", encoding="utf-8") as f:
            f.writelines(f"{number}\n" for number in range(tasks))
        return path

    def queue(self, tasks, output=None, program=TRUE):
        command = [self.hlaunch, "queue", self.task_file(tasks, program), "--per", "cores:1", "--instances", str(AT_ONCE), "--reserve-cores", "0",
                   "--quiet"]
        return command + (["--output", output] if output else [])

    def floor_program(self):
        program = self.path("spawn_floor")
        compiler = shutil.which(os.environ.get("CXX", "c++"))
        if compiler is None:
            self.missing["floor: posix_spawn + wait"] = "apt-get install g++"
            return None
        if not os.path.exists(program):
            subprocess.run([compiler, "-std=c++20", "-O2", "-o", program, os.path.join(HERE, "spawn_floor.cpp")], check=True)
        return program

    def competitors(self, tasks):
        """{name: (command, file for its standard input)}; {out} is a new folder each time, {shm} one in memory."""
        numbers = self.number_file(tasks)
        commands = {}
        if floor := self.floor_program():
            commands["floor: posix_spawn + wait"] = [floor, str(tasks), str(AT_ONCE), TRUE], os.devnull
        for name, package in (("xargs", "findutils"), ("parallel", "parallel")):
            if shutil.which(name) is None:
                self.missing[name] = f"apt-get install {package}"
        if xargs := shutil.which("xargs"):
            commands["xargs -P2 -n1"] = [xargs, f"-P{AT_ONCE}", "-n1", TRUE], numbers
        commands["hlaunch queue"] = self.queue(tasks), os.devnull
        commands["hlaunch queue --output"] = self.queue(tasks, "{out}"), os.devnull
        if self.memory_folder:
            commands["hlaunch queue --output, tmpfs"] = self.queue(tasks, "{shm}"), os.devnull
        if parallel := shutil.which("parallel"):
            base = [parallel, "--will-cite", "-j", str(AT_ONCE)]
            commands["parallel -j2"] = base + [TRUE], numbers
            commands["parallel -j2 --joblog"] = base + ["--joblog", "{out}.joblog", TRUE], numbers
        python, what = hyperqueue_python()
        if python:
            commands[f"HyperQueue {what}, LocalCluster"] = [python, "-c", HYPERQUEUE, str(tasks), str(AT_ONCE), "{out}", TRUE], os.devnull
        else:
            self.missing["HyperQueue"] = what
        return commands

    def run(self, command, stdin):
        self.runs += 1
        places = {"{out}": self.path(f"out-{self.runs}"), "{shm}": f"{self.memory_folder}/out-{self.runs}"}
        for word, place in places.items():
            command = [given.replace(word, place) for given in command]
        return cost(command, stdin, self.path("stderr"))


def cpu_part(bench, tasks, rounds):
    commands = bench.competitors(tasks)
    cpu = {name: [] for name in commands}
    for number in range(rounds):
        for name, (command, stdin) in commands.items():
            cpu[name].append(bench.run(command, stdin)[0] / tasks)
        print(f"round {number + 1} of {rounds} done", file=sys.stderr)
    rows = []
    medians = {name: statistics.median(v) for name, v in cpu.items()}
    for name, values in cpu.items():
        row = {"name": name, "median_ms": medians[name], "min_ms": min(values), "max_ms": max(values)}
        for key in ("xargs", "floor"):
            other = next((n for n in cpu if n.startswith(key)), None)
            # Round by round: what slows one slows its neighbours.
            row[f"to_{key}"] = statistics.median(a / b for a, b in zip(values, cpu[other])) if other else None
        rows.append(row)
    return rows


def startup_part(bench, times):
    """One task through hlaunch minus the same task by posix_spawn, pair by pair."""
    kinds = {"hlaunch queue": bench.queue(1), "hlaunch queue --output": bench.queue(1, "{out}")}
    differences = {kind: {"cpu_ms": [], "wall_ms": []} for kind in kinds}
    for number in range(times + 1):
        alone = bench.run([TRUE, "0"], os.devnull)
        for kind, command in kinds.items():
            ours = bench.run(command, os.devnull)
            if number == 0:
                continue  # fills the page cache
            for key, value, base in zip(("cpu_ms", "wall_ms"), ours, alone):
                differences[kind][key].append(value - base)
    return [{"name": kind, **{key: {"median": statistics.median(v), "min": min(v), "max": max(v)} for key, v in found.items()}}
            for kind, found in differences.items()]


def status_of(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def kib(status, key):
    return int(status.get(key, "0 kB").split()[0])


def memory_of(command, stderr):
    """Peaks in MiB while it runs: of hlaunch itself, of its anonymous pages, and of it with its reapers (pages they share count twice)."""
    pid = spawn(command, stderr=stderr)
    own = anonymous = 0
    reapers = {}
    while os.waitpid(pid, os.WNOHANG)[0] == 0:
        try:
            status = status_of(pid)
            own, anonymous = max(own, kib(status, "VmHWM")), max(anonymous, kib(status, "RssAnon"))
            with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
                children = f.read().split()
            for child in children:
                reapers[child] = max(reapers.get(child, 0), kib(status_of(child), "VmHWM"))
        except OSError:
            pass  # one of them ended meanwhile
        time.sleep(0.01)
    return {"own_mib": own / 1024, "anonymous_mib": anonymous / 1024, "with_reapers_mib": (own + sum(reapers.values())) / 1024}


def memory_part(bench, sizes):
    rows = []
    for tasks in sizes:
        out = bench.path(f"memory-{tasks}")
        for kind, command in (("with journal", bench.queue(tasks, out)), ("the same again, all done", bench.queue(tasks, out)),
                              ("no journal, all fail", bench.queue(tasks, program=FALSE))):
            rows.append({"name": kind, "tasks": tasks, **memory_of(command, bench.path("stderr"))})
            print(f"memory: {tasks} tasks, {kind}: done", file=sys.stderr)
    return rows


def verdict(met):
    return "met" if met else "NOT MET"


def show(result):
    if rows := result.get("cpu"):
        print(f"CPU time a task: {result['tasks']} x {TRUE}, {AT_ONCE} at once, {result['rounds']} rounds in turn; ratios are medians of the rounds")
        print(f"{'':<34} {'median':>8} {'min':>8} {'max':>8}  ms   {'to xargs':>8} {'to floor':>8}")
        for row in rows:
            ratios = " ".join(f"{row[key]:8.2f}" if row[key] else f"{'-':>8}" for key in ("to_xargs", "to_floor"))
            print(f"{row['name']:<34} {row['median_ms']:8.3f} {row['min_ms']:8.3f} {row['max_ms']:8.3f}       {ratios}")
            if row["name"].startswith("hlaunch"):
                print(f"    target: under {CPU_TARGET_MS} ms, median {verdict(row['median_ms'] < CPU_TARGET_MS)}, least {verdict(row['min_ms'] < CPU_TARGET_MS)}")
    for name, remedy in result["left_out"].items():
        print(f"LEFT OUT: {name}: {remedy}")
    if rows := result.get("startup"):
        print("\nStart-up: one task through hlaunch, less the task alone; median (least to most)")
        for row in rows:
            cpu, wall = row["cpu_ms"], row["wall_ms"]
            print(f"{row['name']:<34} CPU {cpu['median']:6.1f} ({cpu['min']:.1f} to {cpu['max']:.1f}) ms   wall {wall['median']:6.1f} ({wall['min']:.1f} to "
                  f"{wall['max']:.1f}) ms   target: wall under {START_UP_TARGET_MS:.0f} ms {verdict(wall['median'] < START_UP_TARGET_MS)}")
    if rows := result.get("memory"):
        print("\nResident memory, peak in MiB")
        print(f"{'':<26} {'tasks':>8} {'hlaunch':>9} {'anonymous':>10} {'+ reapers':>10}")
        for row in rows:
            print(f"{row['name']:<26} {row['tasks']:>8} {row['own_mib']:9.2f} {row['anonymous_mib']:10.2f} {row['with_reapers_mib']:10.2f}"
                  f"   target: hlaunch under {MEMORY_TARGET_MIB:.0f} MiB {verdict(row['own_mib'] < MEMORY_TARGET_MIB)}")
        for kind in dict.fromkeys(row["name"] for row in rows):
            peaks = [row["own_mib"] for row in rows if row["name"] == kind]
            print(f"    {kind}: {peaks[-1] - peaks[0]:+.2f} MiB from {rows[0]['tasks']} to {rows[-1]['tasks']} tasks; flat (within 1 MiB): "
                  f"{verdict(abs(peaks[-1] - peaks[0]) <= 1)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("hlaunch", help="the program, or a build folder that holds it")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tasks", type=int, default=2000)
    parser.add_argument("--starts", type=int, default=20, help="single tasks for the start-up")
    parser.add_argument("--tasks-large", type=int, default=100000)
    parser.add_argument("--parts", default="cpu,startup,memory")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    hlaunch = os.path.realpath(options.hlaunch)
    hlaunch = os.path.join(hlaunch, "hlaunch") if os.path.isdir(hlaunch) else hlaunch
    parts = options.parts.split(",")
    if unknown := set(parts) - {"cpu", "startup", "memory"}:
        parser.error(f"--parts: {', '.join(sorted(unknown))}: give some of cpu,startup,memory")
    if min(options.rounds, options.tasks, options.starts, options.tasks_large) < 1:
        parser.error("all counts must be at least 1")
    if not os.access(hlaunch, os.X_OK):
        parser.error(f"{hlaunch} is no program; build hlaunch first")
    with contextlib.ExitStack() as places:
        folder = places.enter_context(tempfile.TemporaryDirectory(prefix="hlaunch-bench-"))
        os.chdir(folder)
        os.environ["PARALLEL_HOME"] = folder
        memory_folder = None
        if os.access("/dev/shm", os.W_OK):
            memory_folder = os.environ["TMPDIR"] = places.enter_context(tempfile.TemporaryDirectory(prefix="hlaunch-bench-", dir="/dev/shm"))
        bench = Bench(hlaunch, folder, memory_folder)
        result = {"tasks": options.tasks, "rounds": options.rounds, "left_out": bench.missing, "load_average_before": os.getloadavg()}
        if "cpu" in parts:
            result["cpu"] = cpu_part(bench, options.tasks, options.rounds)
        if "startup" in parts:
            result["startup"] = startup_part(bench, options.starts)
        if "memory" in parts:
            result["memory"] = memory_part(bench, sorted({1000, 10000, options.tasks_large}))
        os.chdir("/")
    print(json.dumps(result, indent=1)) if options.json else show(result)


if __name__ == "__main__":
    main()
