#!/usr/bin/env python3
"""certificate_says.py FOLDER TRUTH VERDICT ANSWER: merge.json's certificate and answer, and the truth within 4 sd; a line with the figures."""
import json
import sys

import numpy as np

folder, truth, verdict, answer = sys.argv[1:]
with open(folder + "/merge.json") as f:
    merge = json.load(f)
with open(truth) as f:
    truth = json.load(f)["parameters"]
c = merge["certificate"]
shifts = {p["name"]: (p["shift_sd"], p["sd_ratio"]) for p in c["parameters"]}
print(f"{merge['answer']}; {c['verdict']} ({c['reason']}): k-hat {c['k_hat']}, of variances {c['variance_k_hat']}, limit {c['k_hat_limit']},",
      f"{c['effective_draws']:.0f} of {c['draws']} effective, {c['evaluations']} evaluations, {c['seconds']:.1f} s;",
      " ".join(f"{n} {shift:+.2f} sd x {ratio:.2f}" for n, (shift, ratio) in shifts.items()))  # fmt: skip
assert (c["verdict"], merge["answer"]) == (verdict, answer)
with np.load(folder + "/cmc/samples.npz") as f:
    names, draws = [str(n) for n in f["param_names"]], f["samples"]
assert len(np.unique(draws, axis=0)) >= 0.9 * len(draws), "draws are repeated"
for row in merge["parameters"]:
    column = draws[:, names.index(row["name"])]
    assert abs(column.mean() - row["mean"]) < 0.2 * row["sd"] and 0.85 < column.std() / row["sd"] < 1.15, row["name"]
    if row["name"] in truth:
        assert abs(row["mean"] - truth[row["name"]]) < 4 * np.sqrt(2) * row["sd"], row
if verdict == "missing":  # no weights
    sys.exit()
with np.load(folder + "/cmc/posterior_draws.npz") as f:
    weights = np.exp(f["log_weights"])
    assert abs(weights.sum() - 1) < 1e-9 and len(weights) == len(f["samples"])
