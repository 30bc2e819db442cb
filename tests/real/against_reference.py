#!/usr/bin/env python3
"""against_reference.py MERGED.npz REFERENCE.npz OWN.npz SHIFT SD_LOW SD_HIGH CORRELATION

Merged draws against an unsharded reference run: exit 0 when every parameter's mean is within SHIFT sd of the
reference's, its sd ratio within SD_LOW..SD_HIGH and the D0-alpha correlation within CORRELATION. Prints the
table with homodyne's own combination (OWN) beside it.
"""
import sys

import numpy as np
from draws import by_name

merged, reference, own = sys.argv[1:4]
limit, low, high, correlation = map(float, sys.argv[4:8])

m, r, o = map(by_name, (merged, reference, own))
names = [n for n in m if n in r and r[n].std() > 0]
print(f"{'parameter':<12}{'reference':>14}{'sd':>12}{'merged: sd off':>16}{'sd ratio':>10}{'homodyne: sd off':>18}{'sd ratio':>10}")
bad = []
for n in names:
    sd = r[n].std()
    shift, ratio = (m[n].mean() - r[n].mean()) / sd, m[n].std() / sd
    print(f"{n:<12}{r[n].mean():14.6g}{sd:12.4g}{shift:16.3f}{ratio:10.3f}{(o[n].mean() - r[n].mean()) / sd:18.3f}{o[n].std() / sd:10.3f}")
    if abs(shift) > limit:
        bad.append(f"{n} is {shift:.3f} sd off")
    if not low <= ratio <= high:
        bad.append(f"{n} has sd ratio {ratio:.3f}")
rho = [np.corrcoef(d["D0"], d["alpha"])[0, 1] for d in (m, r, o)]
print(f"correlation D0-alpha: merged {rho[0]:.3f}, reference {rho[1]:.3f}, homodyne's own {rho[2]:.3f}")
if abs(rho[0] - rho[1]) > correlation:
    bad.append(f"correlation D0-alpha {rho[0]:.3f} for {rho[1]:.3f}")
sys.exit("; ".join(bad) or 0)
