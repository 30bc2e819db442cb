#!/usr/bin/env python3
"""reference_table.py RUN REFERENCE.npz CHAINS NAME=DRAWS.npz...: posteriors beside homodyne's own unsharded NUTS of the same data and priors.

RUN: the run folder of the exact posterior. Each mean is compared in units of the reference's sd, each sd as a ratio; the same for the others by name.
Exit code 1 where the exact one is further from the reference than four standard errors of both Monte Carlo samples: of the mean by the
effective draws (ArviZ; of the exact one merge.json's), of the sd by those of the squares.
"""
import json
import sys

import arviz
from draws import by_name


def main(run, reference_path, chains, *others):
    with open(run + "/merged/merge.json", encoding="utf-8") as f:
        merge = json.load(f)
    exact_ess = merge["exact"]["effective_draws"]
    reference = by_name(reference_path)
    tables = {"exact": by_name(run + "/merged/cmc/samples.npz")}
    tables.update((name, by_name(path)) for name, path in (other.split("=", 1) for other in others))
    names = [n for n in tables["exact"] if n in reference and reference[n].std() > 0]
    print(f"{'parameter':<20}{'reference':>12}{'sd':>11}{'ESS':>7}" + "".join(f"{name + ': off':>18}{'sd ratio':>9}" for name in tables))
    bad = []
    for n in names:
        draws = reference[n].reshape(int(chains), -1)
        sd, ess, ess_squares = draws.std(), float(arviz.ess(draws)), float(arviz.ess((draws - draws.mean()) ** 2))
        row = f"{n:<20}{draws.mean():12.6g}{sd:11.4g}{ess:7.0f}"
        for name, table in tables.items():
            if n not in table:
                row += f"{'-':>18}{'-':>9}"
                continue
            shift, ratio = (table[n].mean() - draws.mean()) / sd, table[n].std() / sd
            row += f"{shift:18.3f}{ratio:9.3f}"
            if name != "exact":
                continue
            if abs(shift) > 4 * (1 / ess + 1 / exact_ess) ** 0.5:
                bad.append(f"{n} is {shift:.3f} sd off")
            # Of a normal sample the relative variance of an sd is 1 / (2 ESS); tails are a little heavier here.
            if abs(ratio - 1) > 4 * (0.5 / ess_squares + 0.5 / exact_ess) ** 0.5:
                bad.append(f"{n} has sd ratio {ratio:.3f}")
        print(row)
    print(f"exact: k-hat {merge['exact']['k_hat']}, ESS {exact_ess:.0f}, {merge['exact']['evaluations']} evaluations, {merge['exact']['seconds']:.1f} s")
    return "; ".join(bad) or 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
