#!/usr/bin/env python3
"""submission_sequences.py HLAUNCH FAKES COUNT SEED: random sequences of submit, status and stop against a scheduler that
answers wrongly, late or not at all (fake_scheduler.sh). After each command: never two jobs of one role of a run, and
each job that the scheduler has is in submit.json, by its id or as one that was being handed over. At the end the
scheduler is well again, and one stop ends all. Exit 1 with the sequence where that does not hold.
"""
import json
import os
import random
import subprocess
import sys

hlaunch, fakes, count, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
FAULTS = {
    "sbatch": ["banner", "cluster", "refuse", "lost", "silent", "taken-hang", "hang", "down", "garbage"],
    "qsub": ["banner", "refuse", "lost", "silent", "taken-hang", "down", "garbage"],
    "squeue": ["heading", "down", "hang", "garbage"],
    "qstat": ["down", "hang", "garbage"],
    "scontrol": ["down", "garbage"],
    "scancel": ["down", "hang", "lies"],
    "qdel": ["down", "lies"],
}
SLOW = ("hang", "taken-hang")  # cost a time limit each


def sequence(number, chance):
    kind = chance.choice(["slurm", "slurm-array", "pbs"])
    folder = f"sequence{number}"
    state = os.path.abspath(f"{folder}.state")
    os.makedirs(f"{state}/jobs")
    with open(f"{state}/next", "w") as file:
        file.write("101\n")
    env = dict(os.environ, PATH=fakes + ":" + os.environ["PATH"], FAKE_SCHEDULER=state, HLAUNCH_SCHEDULER_DEADLINE="1s")
    analysis = ["--config", "config.yaml", "--no-forecast", "--node", "this"]
    told = []

    def live():
        return {name: open(f"{state}/jobs/{name}").read().strip() for name in os.listdir(f"{state}/jobs")}

    def fault(command, how):
        path = f"{state}/{command}.fault"
        if how is None:
            if os.path.exists(path):
                os.remove(path)
        else:
            with open(path, "w") as file:
                file.write(how + "\n")

    def run(what):
        argv = {"submit": [hlaunch, "submit", kind, *analysis, "--output", folder], "status": [hlaunch, "status", folder],
                "stop": [hlaunch, "stop", folder]}[what]
        done = subprocess.run(argv, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
        told.append(f"{what} exit {done.returncode}: {done.stderr.strip()[:200]}")
        return done

    def hold(condition, why):
        if not condition:
            print(f"seed {seed}, sequence {number}, {kind}: {why}", *told, sep="\n  ")
            sys.exit(1)

    for _ in range(chance.randint(3, 7)):
        for command, faults in FAULTS.items():
            how = chance.choice(faults) if chance.random() < 0.35 else None
            if how in SLOW and chance.random() < 0.7:
                how = None
            fault(command, how)
        told.append("faults: " + ", ".join(f"{c} {open(f'{state}/{c}.fault').read().strip()}" for c in FAULTS if os.path.exists(f"{state}/{c}.fault")))
        for name in sorted(live()):
            if chance.random() < 0.15:
                os.remove(f"{state}/jobs/{name}")
                told.append(f"job {name} ends")
        done = run(chance.choice(["submit", "submit", "status", "stop"]))
        hold(done.returncode in (0, 1, 2, 3) and "Traceback" not in done.stderr, "an exit code of its own")
        jobs = live()
        told.append(f"the scheduler has {sorted(jobs)}")
        by_script = list(jobs.values())
        hold(len(set(by_script)) == len(by_script), "two jobs of one script")
        known, open_ends = set(), []
        if os.path.exists(f"{folder}/submit.json"):
            for job in json.load(open(f"{folder}/submit.json"))["jobs"]:
                if job["id"]:
                    known.add(job["id"].split(".")[0])
                else:
                    open_ends.append(job["script"])
        for name, script in jobs.items():
            hold(name in known or script in open_ends, f"job {name} is forgotten")
    for command in FAULTS:
        fault(command, None)
    done = run("stop")
    # 3: a hand-over of a moment ago without an answer may still come; nothing did.
    hold(done.returncode in (0, 2, 3) and not live(), "the last stop leaves jobs")
    return len(told)


commands = 0
for number in range(count):
    commands += sequence(number, random.Random(seed * 1000 + number))
print(f"seed {seed}: {count} sequences, {commands} lines, no job twice, none forgotten")
