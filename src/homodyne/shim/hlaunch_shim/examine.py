"""Is an NLSQ fit the best that its own model can do? Measured here; hlaunch judges the figures (homodyne/app/nlsq_gate.h).

homodyne says "converged" of fits that never moved. So its own model (core/physics_nlsq) is evaluated on all points at the
fit and around it. (The unit of its default loss, soft_l1, is 1, far above the noise of correlations: it is least squares.)
`improvement` is by how much chi-squared falls at the best of these points, in units of the residual variance, pairs counted
as homodyne counts them; `over_constant` by how much the fit beats a constant for each angle. `cramer_rao` is the standard
error that the data allow, from the Jacobian at the fit and the scatter of the residuals. Measured on good fits: an
improvement of 1e-6 to .33, errors within 1 % of homodyne's; on start values: 110,000 and more.
"""

import math

_STEPS = (1.0, 0.5, 0.1)  # of the way to where the Jacobian says the minimum is
_SIGMAS = 2.0  # standard errors to either side along each parameter


def physical_names(analysis_mode):
    from homodyne.config.types import LAMINAR_FLOW_PARAM_NAMES, STATIC_PARAM_NAMES

    return list(LAMINAR_FLOW_PARAM_NAMES if "laminar" in analysis_mode.lower() else STATIC_PARAM_NAMES)


class _Scan:
    """The data of one scan, and homodyne's model on its grid."""

    def __init__(self, data, config):
        import numpy as np
        from homodyne.optimization.nlsq.core import _normalize_data_to_object
        from homodyne.utils.logging import get_logger

        self.np = np
        plain = _normalize_data_to_object(dict(data), config, get_logger("hlaunch"))
        self.c2 = np.asarray(plain.g2, dtype=np.float64)
        self.phi = np.asarray(plain.phi, dtype=np.float64)
        self.t1, self.t2 = np.asarray(plain.t1), np.asarray(plain.t2)
        # Where the config has no dt homodyne takes the spacing of the times (nlsq/wrapper.py).
        dt = getattr(plain, "dt", None) or np.min(np.diff(np.unique(self.t1)))
        self.q, self.gap, self.dt = float(plain.q), float(plain.L), float(dt)
        self.values = [c2.ravel() for c2 in self.c2]
        self._model, self._slopes = _compiled()

    def _arguments(self, angle):
        return self.t1, self.t2, self.np.array([self.phi[angle]]), self.q, self.gap, self.dt

    def model(self, physical, angle):
        """g1^2 of one angle's points."""
        grid = self._model(self.np.asarray(physical), *self._arguments(angle))
        return self.np.asarray(grid).ravel()

    def slopes(self, physical, angle):
        grid = self._slopes(self.np.asarray(physical), *self._arguments(angle))
        return self.np.asarray(grid).reshape(-1, len(physical))


_functions = None


def _compiled():
    """Once a process: the grid's size alone makes it compile anew."""
    global _functions
    if _functions is None:
        import jax
        from homodyne.core.jax_backend import apply_diagonal_correction
        from homodyne.core.physics_nlsq import compute_g2_scaled

        def model(physical, t1, t2, phi, q, gap, dt):
            grid = compute_g2_scaled(physical, t1, t2, phi, q, gap, 1.0, 0.0, dt)[0]
            return apply_diagonal_correction(grid)

        _functions = jax.jit(model), jax.jit(jax.jacfwd(model))
    return _functions


class _Fit:
    """What was fitted: the physical values, and which contrast and offset go with which angle.

    scaling: shared (one pair for all angles), individual (a pair an angle), fixed (given, not fitted).
    """

    def __init__(self, scan, physical, contrast, offset, scaling):
        np = scan.np
        self.scan, self.scaling = scan, scaling
        self.physical = np.asarray(physical, dtype=np.float64)
        self.contrast, self.offset = np.asarray(contrast, dtype=np.float64), np.asarray(offset, dtype=np.float64)

    def cost_at_fit(self):
        scan = self.scan
        total = 0.0
        for a, values in enumerate(scan.values):
            residual = values - self.offset[a] - self.contrast[a] * scan.model(self.physical, a)
            total += float(residual @ residual)
        return total

    def cost(self, physical):
        """At other physical values, with the contrast and offset that go best with them unless they are fixed."""
        scan, np = self.scan, self.scan.np
        models = [scan.model(physical, a) for a in range(len(scan.values))]
        contrast, offset = self.contrast, self.offset
        if self.scaling != "fixed":
            sums = np.array([self._sums(model, a) for a, model in enumerate(models)])
            if self.scaling == "shared":
                sums = np.broadcast_to(sums.sum(axis=0), sums.shape)
            contrast, offset = _best_scaling(np, sums)
        total = 0.0
        for a, model in enumerate(models):
            residual = scan.values[a] - offset[a] - contrast[a] * model
            total += float(residual @ residual)
        return total if math.isfinite(total) else math.inf

    def _sums(self, model, angle):
        y = self.scan.values[angle]
        return len(y), model.sum(), model @ model, y.sum(), model @ y

    def columns(self, angle):
        """Where contrast and offset of an angle stand among the free parameters, after the physical ones."""
        first = len(self.physical)
        if self.scaling == "fixed":
            return None
        return (first, first + 1) if self.scaling == "shared" else (first + 2 * angle, first + 2 * angle + 1)

    def normal_equations(self):
        """J^T J and J^T r."""
        scan, np = self.scan, self.scan.np
        angles = len(scan.values)
        size = len(self.physical) + {"fixed": 0, "shared": 2}.get(self.scaling, 2 * angles)
        matrix, vector = np.zeros((size, size)), np.zeros(size)
        for a, values in enumerate(scan.values):
            model = scan.model(self.physical, a)
            jacobian = [self.contrast[a] * scan.slopes(self.physical, a)]
            at = list(range(len(self.physical)))
            if (more := self.columns(a)) is not None:
                jacobian.append(np.column_stack([model, np.ones_like(model)]))
                at += more
            jacobian = np.nan_to_num(np.hstack(jacobian))
            matrix[np.ix_(at, at)] += jacobian.T @ jacobian
            vector[at] += jacobian.T @ (values - self.offset[a] - self.contrast[a] * model)
        return matrix, vector


def _best_scaling(np, sums):
    """Contrast and offset by least squares; sums: points, m, m^2, y, m y, a row an angle."""
    n, m, mm, y, my = sums.T
    spread = n * mm - m * m
    felt = spread > 1e-12 * n * mm
    contrast = np.where(felt, (n * my - m * y) / np.where(felt, spread, 1.0), 0.0)
    return contrast, (y - contrast * m) / n


def _inverse(np, matrix):
    """Of a matrix whose parameters have very different sizes; directions the data do not feel get a huge variance."""
    size = np.sqrt(np.maximum(np.diag(matrix), 1e-300))
    values, vectors = np.linalg.eigh(matrix / np.outer(size, size))
    values = np.maximum(values, 1e-14 * max(values.max(), 1e-300))
    return (vectors / values) @ vectors.T / np.outer(size, size)


def of_result(result, data, config):
    """Of what homodyne's fit_nlsq_jax has just returned for these data."""
    import numpy as np
    from homodyne.optimization.nlsq.fit_computation import extract_parameters_from_result, normalize_analysis_mode

    angles = len(data["phi_angles_list"])
    mode = normalize_analysis_mode(config.config["analysis_mode"], len(result.parameters), angles)
    contrast, offset, physical, _ = extract_parameters_from_result(np.asarray(result.parameters), angles, mode)
    return measure(data, config, physical, contrast, offset)


def of_folder(path, data, config):
    """Of the NLSQ result in a folder, or of a parameters.json, as --nlsq-result takes them."""
    import json
    import os

    import numpy as np

    file = path
    if os.path.isdir(path):
        file = os.path.join(path, "nlsq", "parameters.json")
        if not os.path.exists(file):
            file = os.path.join(path, "parameters.json")
    with open(file, encoding="utf-8") as f:
        parameters = json.load(f)["parameters"]
    angles = len(data["phi_angles_list"])
    names = physical_names(config.config["analysis_mode"])
    if missing := [n for n in ["contrast", "offset", *names] if "value" not in (parameters.get(n) or {})]:
        raise ValueError(f"it has no {', '.join(missing)}: it is no fit of {config.config['analysis_mode']}")
    contrast, offset = (np.full(angles, float(parameters[n]["value"])) for n in ("contrast", "offset"))
    fitted = os.path.join(os.path.dirname(file), "fitted_data.npz")
    if os.path.exists(fitted):  # the mean alone is in parameters.json
        with np.load(fitted) as f:
            each = f["per_angle_scaling_solver"] if "per_angle_scaling_solver" in f else None
        if each is not None and each.shape == (angles, 2):
            contrast, offset = each.T
    return measure(data, config, [float(parameters[n]["value"]) for n in names], contrast, offset)


def measure(data, config, physical, contrast, offset):
    """physical: values in homodyne's order; contrast, offset: one an angle. Returns the examination."""
    scan = _Scan(data, config)
    np = scan.np
    names = physical_names(config.config["analysis_mode"])
    low, high = bounds(config, names)
    start = start_values(config, names)
    made = _Fit(scan, physical, contrast, offset, _scaling_of(config, scan, contrast))
    cost = made.cost_at_fit()
    matrix, vector = made.normal_equations()
    count = sum(len(values) for values in scan.values)
    unit = cost / max(count - len(vector), 1)
    inverse = _inverse(np, matrix)
    n = len(names)
    error = np.sqrt(np.maximum(np.diag(inverse), 0.0) * unit)
    step = inverse @ vector

    found = {"improvement": 0.0, "at": "", "values": {}}
    evaluations = 0

    def look(name, physical):
        nonlocal evaluations
        physical = np.clip(physical, low, high)
        if np.array_equal(physical, made.physical):
            return
        evaluations += 1
        improvement = (cost - made.cost(physical)) / unit
        if improvement > found["improvement"]:
            found.update(improvement=float(improvement), at=name, values=dict(zip(names, map(float, physical))))

    for share in _STEPS:
        look("the minimum its slope points to", made.physical + share * step[:n])
    for i, name in enumerate(names):
        span = high[i] - low[i]
        alone = math.sqrt(unit / matrix[i, i]) if matrix[i, i] > 0 else math.inf
        along = inverse[:n, i] / max(math.sqrt(max(inverse[i, i], 0.0)), 1e-300) * math.sqrt(unit)
        for side in (-_SIGMAS, _SIGMAS):
            single = made.physical.copy()
            single[i] += side * min(alone, 0.05 * span)
            look(name, single)
            if np.all(np.isfinite(along)):
                look(name, made.physical + side * along * min(1.0, 0.05 * span / max(abs(along[i]), 1e-300)))
    if start is not None:
        look("the start values", np.asarray(start, dtype=np.float64))

    constant = _constant_cost(made)
    return {
        "format": "hlaunch-nlsq-examination",
        "version": 1,
        "scaling": made.scaling,
        "points": count,
        "evaluations": evaluations,
        **found,
        "over_constant": float((constant - cost) / unit),
        "parameters": {
            name: {
                "value": float(made.physical[i]),
                "start": None if start is None else float(start[i]),
                "low": float(low[i]),
                "high": float(high[i]),
                "cramer_rao": float(error[i]) if math.isfinite(error[i]) else None,
            }
            for i, name in enumerate(names)
        },
    }


def _scaling_of(config, scan, contrast):
    """How contrast and offset were fitted. Small data are fitted with a pair an angle, whatever per_angle_mode says; what
    the fit left tells."""
    degeneracy = ((config.config.get("optimization") or {}).get("nlsq") or {}).get("anti_degeneracy") or {}
    if degeneracy.get("per_angle_mode") == "constant" and stratified(config, scan.c2.size, len(scan.phi)):
        return "fixed"
    return "shared" if scan.np.ptp(contrast) == 0.0 else "individual"


STRATIFIED_FROM = 1_000_000  # points: wrapper.py, use_stratified_least_squares


def stratified(config, points, angles):
    """Whether homodyne reorders the points by angle: optimization/nlsq/wrapper.py, _apply_stratification_if_needed."""
    from homodyne.optimization.nlsq.strategies.chunking import should_use_stratification

    enabled = ((config.config.get("optimization") or {}).get("stratification") or {}).get("enabled", "auto")
    if isinstance(enabled, str):
        enabled = {"auto": None, "false": False}.get(enabled.lower(), True)
    if enabled is None:
        return bool(should_use_stratification(points, angles, True, 1.0)[0])
    return bool(enabled)


def _constant_cost(fit):
    """Of a model that is the same everywhere in an angle: what every fit must beat."""
    return sum(float(((values - values.mean()) ** 2).sum()) for values in fit.scan.values)


def bounds(config, names):
    import numpy as np
    from homodyne.config.parameter_manager import ParameterManager

    manager = ParameterManager(config_dict=config.config, analysis_mode=config.config["analysis_mode"])
    rows = {b["name"]: b for b in manager.get_parameter_bounds(names)}
    return np.array([float(rows[n]["min"]) for n in names]), np.array([float(rows[n]["max"]) for n in names])


def start_values(config, names):
    """Of the YAML as homodyne reads it; None where it has none for all of these."""
    from homodyne.optimization.nlsq.core import _load_initial_params_from_config

    values, _ = _load_initial_params_from_config(config, config.config["analysis_mode"])
    if not values or any(n not in values for n in names):
        return None
    return [float(values[n]) for n in names]


