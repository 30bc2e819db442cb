#!/usr/bin/env python3
"""Makes what the unit tests of src/merge compare with, by NumPy, SciPy and ArviZ (written with arviz 1.3.0):
convergence.npz (chains, and the R-hat and ESS ArviZ gives them), pareto.npz, dtypes.npz, dtypes_stored.npz, v2.npy."""
import pathlib

import numpy as np
from arviz_stats.base.diagnostics import _DiagnosticsBase
from scipy import stats

here = pathlib.Path(__file__).parent
rng = np.random.default_rng(20260101)
ar = _DiagnosticsBase()


def ar1(chains, draws, rho, shift=0.0):
    x = np.zeros((chains, draws))
    e = rng.standard_normal((chains, draws))
    x[:, 0] = e[:, 0]
    for t in range(1, draws):
        x[:, t] = rho * x[:, t - 1] + np.sqrt(1 - rho**2) * e[:, t]
    return x + shift * np.arange(chains)[:, None]


cases = {
    "independent": rng.standard_normal((2, 200)),
    "sticky": ar1(4, 150, 0.9),
    "antithetic": ar1(2, 201, -0.7),
    "apart": ar1(2, 120, 0.5, shift=2.0),
    "scales": rng.standard_normal((2, 150)) * np.array([[1.0], [4.0]]),
    "cauchy": rng.standard_cauchy((3, 101)),
    "ties": np.round(ar1(2, 160, 0.6), 0),
    "one": ar1(1, 300, 0.4),
    "short": rng.standard_normal((2, 5)),
}
out = {}
for name, x in cases.items():
    two = np.vstack([x[:, : x.shape[1] // 2], x[:, -(x.shape[1] // 2):]])
    # ArviZ refuses one chain for R-hat, but its formula is of the split chains: take those of the halves as they are.
    rhat = max(ar._rhat(ar._z_scale(two)), ar._rhat(ar._z_scale(abs(two - np.median(two)))))
    out[name] = x
    out[name + "_expected"] = np.array([rhat, ar._ess_bulk(x), ar._ess_tail(x, (0.05, 0.95))])
    if x.shape[0] > 1:
        assert np.isclose(rhat, ar._rhat_rank(x)), name
np.savez_compressed(here / "convergence.npz", **out)

out = {}
for name, logw in {
    "light": 0.3 * rng.standard_normal(1000),
    "heavy": 1.5 * rng.standard_normal(1000),
    "pareto": -0.8 * np.log(rng.uniform(size=2000)),
    "few": rng.standard_normal(100),
}.items():
    n = logw.size
    tail = int(ar._get_ps_tails(n, 1.0, "right"))
    _, k = ar._ps_tail(logw.copy(), n, tail, smooth_draws=True, tail="right", log_weights=True)
    out[name], out[name + "_expected"] = logw, np.array([k])
np.savez_compressed(here / "pareto.npz", **out)

table = np.arange(24, dtype=np.float64).reshape(2, 3, 4) / 8
arrays = {
    "f8": table, "f4": table.astype("<f4"), "i8": np.arange(-3, 3), "i4": np.arange(-3, 3, dtype="<i4"),
    "u1": np.array([0, 200, 255], dtype="u1"), "bool": np.array([True, False, True]),
    "fortran": np.asfortranarray(table), "big": table.astype(">f8"),
    "text": np.array(["D0", "alpha", "φ₀", ""]), "bytes": np.array([b"ab", b"c"]),
    "scalar": np.int64(7), "text0d": np.array('{"q": "Å⁻¹"}'), "empty": np.zeros((0, 3)),
    "object": np.array([{"a": 1}, None], dtype=object), "complex": np.array([1j]),
    "record": np.zeros(2, dtype=[("a", "f8"), ("b", "i4")]),
}
np.savez_compressed(here / "dtypes.npz", **arrays)
np.savez(here / "dtypes_stored.npz", **arrays)
with open(here / "v2.npy", "wb") as f:
    np.lib.format.write_array(f, table, version=(2, 0))

p = np.array([1e-300, 1e-20, 1e-5, 0.02, 0.3, 0.5, 0.9, 1 - 1e-9])
chi = np.array([[0.5, 1], [3.0, 5], [11.07, 5], [40.0, 5], [200.0, 150], [1e-8, 3], [300.0, 10]])
np.savez_compressed(here / "distributions.npz", p=p, quantile=stats.norm.ppf(p), chi=chi,
                    survival=stats.chi2.sf(chi[:, 0], chi[:, 1]))

x = rng.gamma(3.0, size=(400, 2)) @ np.array([[1.0, 0.5], [0.0, 1.0]])
w = rng.uniform(0.1, 1.0, 400)
w /= w.sum()
m = w @ x
s = (x - m).T @ ((x - m) * w[:, None]) / (1 - (w**2).sum())
d = (x - m) @ np.linalg.inv(s) @ (x - m).T
np.savez_compressed(here / "mardia.npz", x=x, w=w, mean=m, covariance=s, skewness=w @ d**3 @ w,
                    excess=w @ np.diag(d) ** 2 - 8)
