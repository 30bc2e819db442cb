#!/usr/bin/env python3
"""Print a merged result beside the known truth of its scan.

usage: show_truth.py parameters.json truth.json
One row a parameter: truth, merged mean, sd, pull = (mean - truth) / sd. Exit 1 where a parameter is missing, not finite
or more than 6 sd off: homodyne's sd are too narrow by sqrt(2) (it counts c2's two equal halves), so 6 is 4 honest ones.
"""
import json
import math
import sys


def main(result, truth):
    with open(result) as file:
        merged = json.load(file)["parameters"]
    with open(truth) as file:
        expected = json.load(file)["parameters"]
    bad = []
    print(f"{'parameter':<20}{'truth':>12}{'merged mean':>14}{'sd':>12}{'pull':>8}")
    for name, value in expected.items():
        mean = merged.get(name, {}).get("mean", math.nan)
        sd = merged.get(name, {}).get("std", math.nan)
        pull = (mean - value) / sd if sd > 0 else math.nan
        print(f"{name:<20}{value:>12.6g}{mean:>14.6g}{sd:>12.3g}{pull:>8.2f}")
        if not abs(pull) <= 6:
            bad.append(name)
    if bad:
        sys.exit(f"not the truth: {', '.join(bad)}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__.splitlines()[2])
    try:
        main(sys.argv[1], sys.argv[2])
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"show_truth.py: {error}")
