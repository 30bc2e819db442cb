#!/usr/bin/env bash
# What users' scripts do with a merged folder: numpy and homodyne's own reader of it.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
fixtures=$REPO/tests/data/fixtures
check "two halves of a scan" "$HLAUNCH" merge "$fixtures/A_l" "$fixtures/B_l" --kind disjoint --priors tempered \
    --config "$fixtures/configs/A_l.yaml" --config "$fixtures/configs/B_l.yaml" --output merged
check "numpy reads the merged draws" "$python" -c '
import numpy as np
f = np.load("merged/cmc/samples.npz")
assert f["samples"].shape == (2000, 5) and f["samples"].dtype == np.float64
assert list(f["param_names"]) == ["D0", "D_offset", "alpha", "contrast", "offset"]
assert f["r_hat"].shape == f["ess"].shape == (5,) and np.isfinite(f["samples"]).all()
assert abs(np.corrcoef(f["samples"].T)[0, 2] - 0.927) < 0.03'
summary
