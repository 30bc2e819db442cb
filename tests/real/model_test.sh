#!/usr/bin/env bash
# The example's scans against homodyne's own model at the truth: what the tests call truth is homodyne's truth.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"

cat >"$T/compare.py" <<'P'
import json, sys
import h5py, numpy as np
import jax
jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp
from homodyne.core.physics_cmc import compute_g1_total
from homodyne.core.physics_nlsq import compute_g2_scaled

folder = sys.argv[1]
truth = json.load(open(folder + "/truth.json"))
parameters = jnp.array(list(truth["parameters"].values()))
n, dt, gap = truth["frames"], truth["dt"], truth["stator_rotor_gap"]
t = np.linspace(0, dt * (n - 1), n)
i, j = np.triu_indices(n)
worst = {"nlsq": 0.0, "cmc": 0.0}
maps = h5py.File(folder + "/xpcs.h5")["xpcs/twotime/correlation_map"]
number = 0
for q in truth["q"]:
    phi = jnp.array(truth["phi"])
    g1 = np.asarray(compute_g1_total(parameters, jnp.array(t[i]), jnp.array(t[j]), phi, q, gap, dt, time_grid=jnp.array(t)))
    for k, angle in enumerate(truth["phi"]):
        number += 1
        ours = maps[f"c2_{number:05d}"][()][i, j]
        contrast, offset = truth["contrast"][k], truth["offset"][k]
        nlsq = np.asarray(compute_g2_scaled(parameters, jnp.array(t), jnp.array(t), jnp.array([angle]), q, gap, contrast, offset, dt))
        worst["nlsq"] = max(worst["nlsq"], np.max(np.abs(nlsq.reshape(n, n)[i, j] - ours)))
        worst["cmc"] = max(worst["cmc"], np.max(np.abs(offset + contrast * g1[k] ** 2 - ours)))
print(worst, file=sys.stderr)
sys.exit(not (number and max(worst.values()) < 1e-10))
P
for mode in static laminar_flow; do
    make_scan "$T/$mode" --mode $mode --frames 48 --q 0.0054,0.008 --noise 0 --angle-spread 0.05
    check "make_xpcs.py --mode $mode is homodyne's model to 1e-10" "$python" "$T/compare.py" "$T/$mode"
done
# The comparison can fail: another gap is another model.
sed -i 's/"stator_rotor_gap": .*,/"stator_rotor_gap": 1900000.0,/' "$T/laminar_flow/truth.json"
check "another gap is noticed" bash -c '! "$@" 2>/dev/null' - "$python" "$T/compare.py" "$T/laminar_flow"
summary
