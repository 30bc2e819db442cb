#!/usr/bin/env python3
"""What a queue costs over MPI ranks: CPU time and messages a task, beside what else one would do.

usage: queue_ranks.py BUILD [--rounds 3] [--ranks 4] [--tasks 10000]
BUILD: the build folder, with hlaunch and hlaunch-mpi. --tasks: of each rank. Compared, round by round in turn, all on this machine, one task
(/bin/true) at a time a rank: `mpirun hlaunch queue` on one file for all ranks, with a journal and without; the same queue without MPI, one
task a core at a time; `mpirun xargs`, each rank a share cut beforehand. CPU time is user + system of the whole tree. Then the desk alone with 1,000
simulated ranks (bench/desk_cost.cpp). Nothing is asserted.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from queue import TRUE, cost  # noqa: E402  (bench/queue.py, not Python's own)


def mpirun(ranks, command):
    return ["/usr/bin/env", "OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1", "mpirun", "--oversubscribe", "--bind-to", "none",
            "-n", str(ranks)] + command


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ranks", type=int, default=4)
    parser.add_argument("--tasks", type=int, default=10000)
    options = parser.parse_args()
    options.build = os.path.abspath(options.build)  # the folder is left below
    hlaunch = os.path.join(options.build, "hlaunch")
    subprocess.run(["ninja", "-C", options.build, "desk_cost"], check=True, stdout=subprocess.DEVNULL)
    total = options.ranks * options.tasks
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        with open("tasks.txt", "w", encoding="utf-8") as f:
            f.writelines(f"{TRUE} {number}\n" for number in range(total))
        for rank in range(options.ranks):
            with open(f"share-{rank}", "w", encoding="utf-8") as f:
                f.writelines(f"{number}\n" for number in range(rank * options.tasks, (rank + 1) * options.tasks))
        queue = ["queue", "tasks.txt", "--per", "cores:1", "--reserve-cores", "0", "--quiet"]
        runs = 0

        def fresh():
            nonlocal runs
            runs += 1
            return f"run-{runs}"

        ways = {
            "mpirun hlaunch queue": lambda: mpirun(options.ranks, [hlaunch] + queue),
            "mpirun hlaunch queue --output": lambda: mpirun(options.ranks, [hlaunch] + queue + ["--json", "--output", fresh()]),
            "hlaunch queue --output": lambda: [hlaunch] + queue + ["--output", fresh()],
            "mpirun xargs, cut beforehand": lambda: mpirun(options.ranks, ["sh", "-c", f"exec xargs -n 1 {TRUE} <share-$OMPI_COMM_WORLD_RANK"]),
        }
        taken = {name: [] for name in ways}
        for number in range(options.rounds):
            for name, command in ways.items():
                cpu_ms, wall_ms = cost(command(), os.devnull, "stderr")
                taken[name].append((cpu_ms / total, wall_ms))
                print(f"round {number + 1}  {name:32}  {cpu_ms / total:6.3f} ms CPU a task  {wall_ms / 1e3:6.1f} s", flush=True)
        print()
        for name, values in taken.items():
            each = [value[0] for value in values]
            print(f"{name:32}  median {statistics.median(each):6.3f} ms CPU a task  ({min(each):.3f} to {max(each):.3f})")
        base = [value[0] for value in taken["hlaunch queue --output"]]
        over = [mine[0] - other for mine, other in zip(taken["mpirun hlaunch queue --output"], base)]
        print(f"MPI adds {statistics.median(over) * 1e3:.0f} us CPU a task ({min(over) * 1e3:.0f} to {max(over) * 1e3:.0f})")
        asked = mpirun(options.ranks, [hlaunch] + queue + ["--json", "--output", fresh()])
        answer = json.loads(subprocess.run(asked, capture_output=True, text=True, check=True).stdout)
        print(f"{answer['ranks']} ranks, {answer['tasks']} tasks: {answer['messages']} messages, {answer['messages'] / answer['tasks']:.4f} a task")
    for ranks in (4, 1000):
        print("the desk alone:", subprocess.run([os.path.join(options.build, "desk_cost"), str(ranks), "100000"], capture_output=True, text=True,
                                               check=True).stdout.strip())


if __name__ == "__main__":
    main()
