"""A FAKE homodyne for bench/campaign_flat.py: it answers each scan of a campaign with what the real one once answered to another.

usage, as hlaunch's --app: python3 -I fake_homodyne.py RECORDED ...
RECORDED: the output folder of a campaign of one scan by the real homodyne. It speaks the protocol of hlaunch_shim/serve.py.
"""
import json
import os
import shutil
import sys


class Recorded:
    def __init__(self, folder):
        self.config_facts = read(folder + "/survey/facts.json")
        (scan,) = os.listdir(folder + "/scans")
        self.scan = f"{folder}/scans/{scan}"
        self.facts = read(self.scan + "/facts.json")

    def survey(self, task):
        if "scan" not in task:
            return write(task["facts"], self.config_facts)
        shutil.copy(self.scan + "/nlsq/config.yaml", task["config"])
        write(task["facts"], {**self.facts, "data_files": [task["scan"]["data"]]})

    def fit(self, task, argv):
        shutil.copytree(self.scan + "/nlsq/out", argv[argv.index("--output-dir") + 1], dirs_exist_ok=True)
        shutil.copy(self.scan + "/nlsq/examination.json", task["examination"])


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def write(path, value):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file)


def serve(recorded, task):
    with open(task["replies"], "w", encoding="utf-8") as replies, open(task["requests"], encoding="utf-8") as requests:
        for line in requests:
            request = json.loads(line)
            asked = read(request["task"])
            os.chdir(request["cwd"])
            if asked["task"] == "survey":
                recorded.survey(asked)
            else:
                recorded.fit(asked, request["argv"])
            replies.write('{"code": 0, "cpu_seconds": 0.0, "resident_bytes": 0}\n')
            replies.flush()


def main():
    recorded, task = Recorded(sys.argv[1]), read(os.environ["HLAUNCH_TASK"])
    if task["task"] == "serve":
        serve(recorded, task)
    else:
        recorded.survey(task)


main()
