#!/usr/bin/env python3
"""shard_order.py RUN: each placement took its shards longest first, by homodyne's cost of a shard.

The order is read from the run: an instance with one worker captures a shard as it ends. Prints a line a part; exit 1
where a longer shard came after a shorter one, or where all costs are equal, which would prove nothing.
"""
import json
import os
import sys

run = sys.argv[1]
with open(f"{run}/survey/facts.json", encoding="utf-8") as f:
    cost = [shard["cost"] for shard in json.load(f)["shards"]]
with open(f"{run}/plan.json", encoding="utf-8") as f:
    parts = json.load(f)["parts"]
bad = [] if len(set(cost)) > 1 else ["all shards cost the same"]
for part in parts:
    folder = f"{run}/parts/{part['index']:03}/shards"
    order = sorted(part["shards"], key=lambda i: os.stat(f"{folder}/{i:05}.npz").st_mtime_ns)
    costs = [cost[i] for i in order]
    print(f"part {part['index']:03}: " + ", ".join(f"shard {i} cost {cost[i]:.0f}" for i in order))
    if len(order) < 2 or costs != sorted(costs, reverse=True):
        bad.append(f"part {part['index']:03} took {order}")
sys.exit("; ".join(bad) or 0)
