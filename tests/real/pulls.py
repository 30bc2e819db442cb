"""usage: pulls.py PARAMETERS.json TRUTH.json [LIMIT]     exit 1 where a physical parameter of an NLSQ result is LIMIT (4) standard errors or more off"""
import json
import sys

found = json.load(open(sys.argv[1]))["parameters"]
limit = float(sys.argv[3]) if len(sys.argv) > 3 else 4.0
pulls = {n: (found[n]["value"] - v) / found[n]["uncertainty"] for n, v in json.load(open(sys.argv[2]))["parameters"].items()}
print(*(f"{n} {p:+.2f}" for n, p in pulls.items()))
sys.exit(not all(abs(p) < limit for p in pulls.values()))
