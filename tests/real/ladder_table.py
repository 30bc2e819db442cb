"""The ladder's table from a campaign's table.csv and the truth beside each scan's data: points, seconds, memory, pulls.

usage: ladder_table.py CAMPAIGN [LIMIT]     exit 1 where a physical parameter is LIMIT (4) of homodyne's standard errors or more off
homodyne counts each pair of times twice: a pull of 4 is 2.8 true standard errors.
"""
import csv
import json
import os
import sys

folder, limit = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 4.0
bad = []
print(f"{'scan':<22} {'points':>9} {'s':>7} {'CPU s':>7} {'MiB':>6}  pulls")
for row in csv.DictReader(open(f"{folder}/table.csv")):
    if row["status"] != "done":
        bad.append(f"{row['name']}: {row['status']}, {row['why']}")
        continue
    truth = json.load(open(os.path.join(os.path.dirname(row["data"]), "truth.json")))["parameters"]
    facts = json.load(open(f"{folder}/scans/{row['name']}/facts.json"))
    pulls = {name: (float(row[name]) - value) / float(row[name + "_sd"]) for name, value in truth.items()}
    peak = 0
    try:
        peak = json.load(open(f"{folder}/scans/{row['name']}/nlsq/proof.json"))["observed"]["peak_resident_bytes"]
    except (OSError, KeyError, ValueError):
        pass
    print(f"{row['name']:<22} {facts['data_points']:>9} {float(row['seconds']):>7.1f} {float(row['cpu_seconds']):>7.1f} {peak / 2**20:>6.0f}  "
          + " ".join(f"{name} {pull:+.2f}" for name, pull in pulls.items()))
    bad += [f"{row['name']}: {name} is {pull:+.1f} standard errors off" for name, pull in pulls.items() if not abs(pull) < limit]
print(*bad, sep="\n", file=sys.stderr)
sys.exit(bool(bad))
