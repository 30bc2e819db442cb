"""A worker that answers what the density of homodyne's own model is: for its slice of the points, and for the priors.

Started as homodyne is, in place of whose main() it reads requests, a JSON line each, and answers with a line as serve.py does.
The points and what the model needs are in a folder that one worker makes (prepare) and all read (load), so that homodyne reads
the scan once. Arrays go through files, made by a rename: rows are parameter vectors x in the order of the sites.

Task file: requests, replies. A process that is kept for whole scans (serve.py) answers the same. A request names a file (task)
with: task (density), do, and
  import      nothing: a worker that waits for the points
  forget      nothing: the slice is dropped
  prepare     config, nlsq_result (a path or null), yaml_priors, folder
Of a slice (folder, first, last: blocks; read when it is first asked for), points and answer:
  sums        rows x blocks, sums of log-likelihoods
  quadratic   rows x blocks x (1 + n + n^2), see model.Likelihood.quadratic; coarse: of a subset, zero for other blocks
              Both also with prior (a path or null): rows x 2, log prior and the YAML's own; for quadratic rows x (1 + n + n^2),
              log prior, its gradient and second derivatives; yaml: of the YAML's own prior
  parameters  rows x parameters, as model.json names them
  residuals   of the first row: 1 x blocks x 4, see model.Likelihood.residuals
"""

import json
import os
import sys

from .. import serve
from ..files import own_file
from . import model as density_model

_state = {}


def install(after_import, task):
    def replace_main(module):
        module.main = lambda: serve.answer_requests(task, _answer)

    after_import("homodyne.cli.main", replace_main)


def _answer(request):
    """The exit code that a process of its own would have had."""
    serve.redirect(request["stdout"], 1)
    serve.redirect(request["stderr"], 2)
    try:
        with open(request["task"], encoding="utf-8") as f:
            return answer(json.load(f))
    except KeyboardInterrupt:
        return 130
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
        return 1


def answer(task):
    """What a request's file asks for; an exit code."""
    try:
        _double_precision()
        if task["do"] in _ABOUT_A_SLICE:
            _load(task)
            _ABOUT_A_SLICE[task["do"]](task)
        else:
            forget()
            {"import": _import, "prepare": _prepare, "forget": lambda task: None}[task["do"]](task)
        return 0
    except density_model.Unfit as error:
        print(f"hlaunch-refused: {error}", file=sys.stderr, flush=True)
        return 78


def forget():
    _state.clear()


def _double_precision():
    import jax

    jax.config.update("jax_enable_x64", True)


def _prepare(task):
    from pathlib import Path

    import numpy as np
    from homodyne.cli import commands
    from homodyne.cli.optimization_runner import load_nlsq_result_from_file

    from ..sampling import cmc_call

    args = cmc_call.arguments(task["config"], "cmc")
    config = commands._load_configuration(args)
    _, filtered = cmc_call.prepared_data(args, config)
    fit = None
    if task["nlsq_result"] and (fit := load_nlsq_result_from_file(Path(task["nlsq_result"]))) is None:
        raise density_model.Unfit(f"homodyne reads no NLSQ result from {task['nlsq_result']}")
    stop = cmc_call.Call(args, config, filtered).of_all_points(fit)
    if stop is None:
        raise density_model.Unfit("homodyne came back without a model to sample")
    blocks, counted = density_model.blocks_of(stop.kwargs)
    described = density_model.describe(stop.kwargs, task["config"])
    sites, likelihood, yaml_sites = _model(described, task["yaml_priors"])
    checked = _check(likelihood, sites, blocks, stop, task["yaml_priors"])
    facts = {
        "format": "hlaunch-density",
        "version": 1,
        "model": stop.model.__name__,
        "arguments": described,
        "yaml_priors": task["yaml_priors"],
        "sites": [{**site, "log": site["name"] in sites.logs} for site in sites.described()],
        "parameters": sites.names + sites.derived,
        "points": int(np.asarray(stop.kwargs["data"]).shape[0]),
        "times_counted": counted,
        "blocks": int(blocks["count"].shape[0]),
        "coarse_points": int(blocks["count"][blocks["coarse"]].sum()),
        "noise_scale": float(stop.kwargs["noise_scale"]),
        "dt": float(stop.kwargs["dt"]),
        "t_max": float(np.asarray(stop.kwargs["time_grid"])[-1]),
        "t_ref": None if stop.kwargs.get("t_ref") is None else float(stop.kwargs["t_ref"]),
        "checked_points": checked,
        "chains": int(stop.config.num_chains),
        "draws": int(stop.config.num_samples),
        "informed_priors": bool(stop.config.use_nlsq_informed_priors),
    }
    density_model.save(task["folder"], blocks, facts)


def _model(described, yaml_priors):
    kwargs = density_model.arguments_of(described)
    free = density_model.without_fit(kwargs)
    if yaml_priors:
        kwargs = free
    sites = density_model.Sites(density_model.model_of(kwargs), kwargs)
    yaml_sites = None if yaml_priors or set(free) == set(kwargs) else density_model.Sites(density_model.model_of(free), free)
    return sites, density_model.Likelihood(sites, kwargs), yaml_sites


def _check(likelihood, sites, blocks, stop, yaml_priors):
    """Some points of each block are evaluated as homodyne would, all angles at once: the blocks must say the same."""
    import jax.numpy as jnp
    import numpy as np

    x = jnp.asarray([float(jnp.log(0.5)) if n in sites.logs else _middle(sites.fn[n]) for n in sites.names])
    rows = range(0, len(blocks["count"]), max(1, len(blocks["count"]) // 64))
    ours, first, second, angle = [], [], [], []
    for row in rows:
        block = tuple(jnp.asarray(blocks[name][row]) for name in density_model.ARRAYS)
        fn, _ = likelihood.observed(x, block)
        at = np.linspace(0, blocks["count"][row] - 1, 16).astype(int)
        ours.append(np.asarray(fn.loc)[at])
        first.append(blocks["first"][row][at])
        second.append(blocks["second"][row][at])
        angle.append(np.full(16, blocks["angle"][row]))
    size = 16 * len(ours)
    grid = np.asarray(stop.kwargs["time_grid"])
    t1, t2 = (jnp.asarray(grid[np.concatenate(i)]) for i in (first, second))
    whole = {
        **stop.kwargs, "num_shards": 1, "data": jnp.zeros(size), "t1": t1, "t2": t2,
        "phi_indices": jnp.asarray(np.concatenate(angle)), "point_idx": jnp.arange(size), "shard_grid": None,
    }  # fmt: skip
    if yaml_priors:  # other sites, though homodyne's function may be the same: D0_z in the place of D0
        whole = density_model.without_fit(whole)
    theirs = np.asarray(sites.trace(x, whole)["obs"]["fn"].loc)
    worst = float(np.max(np.abs(np.concatenate(ours) - theirs) / np.maximum(np.abs(theirs), 1e-12)))
    if not worst < 1e-9:
        raise density_model.Unfit(
            f"the blocks of points and homodyne's model differ by {worst:.3g} (relative); this is a bug of hlaunch's hooks"
        )
    return size


def _middle(distribution):
    base = getattr(distribution, "base_dist", distribution)
    return float(base.loc)


def _import(task):
    import homodyne.optimization.cmc.model
    import yaml


def _load(task):
    whole = (task["folder"], task["key"])
    if _state.get("whole") != whole:
        facts = density_model.load(task["folder"])
        sites, likelihood, yaml_sites = _model(facts["arguments"], facts["yaml_priors"])
        _state.clear()
        _state.update(sites=sites, likelihood=likelihood, yaml=yaml_sites, functions={}, whole=whole)
    # Other blocks of the same points leave what was compiled as it is.
    slice_ = (task["first"], task["last"])
    if _state.get("slice") != slice_:
        _state["slice"] = None
        _state["blocks"], _state["coarse"] = density_model.load_blocks(task["folder"], *slice_)
        _state["slice"] = slice_


def _rows(task):
    import numpy as np

    return np.load(task["points"])


def _write(path, array):
    import numpy as np

    temporary = path + ".tmp"
    with open(temporary, "wb", opener=own_file.opener) as f:
        np.save(f, array)
    os.replace(temporary, path)


def _sums(task):
    import numpy as np

    rows, blocks = _rows(task), _state["blocks"]
    out = np.empty((len(rows), len(blocks)))
    for at, count, full in _calls(rows):
        for b, block in enumerate(blocks):
            out[at : at + count, b] = np.asarray(_state["likelihood"].sums(full, *block))[:count]
    if task["prior"]:
        _write(task["prior"], _in_calls("priors", rows).reshape(len(rows), 2))
    _write(task["answer"], np.where(np.isnan(out), -np.inf, out))


def _quadratic(task):
    import jax.numpy as jnp
    import numpy as np

    rows, blocks = _rows(task), _state["blocks"]
    n = rows.shape[1]
    out = np.zeros((len(rows), len(blocks), 1 + n + n * n))
    for r, row in enumerate(rows):
        for b, block in enumerate(blocks):
            if task["coarse"] and not _state["coarse"][b]:
                continue
            value, gradient, information = _state["likelihood"].quadratic(jnp.asarray(row), *block)
            out[r, b] = np.concatenate([[value], gradient, np.ravel(information)])
    if task["prior"]:
        prior = np.empty((len(rows), 1 + n + n * n))
        for r, row in enumerate(rows):
            value, slope, second = _function("yaml_prior_quadratic" if task["yaml"] else "prior_quadratic")(jnp.asarray(row))
            prior[r] = np.concatenate([[value], slope, np.ravel(second)])
        _write(task["prior"], prior)
    _write(task["answer"], out)


def _parameters(task):
    rows = _rows(task)
    _write(task["answer"], _in_calls("parameters", rows).reshape(len(rows), -1))


def _residuals(task):
    import jax.numpy as jnp
    import numpy as np

    x = jnp.asarray(_rows(task)[0])
    _write(task["answer"], np.array([[_state["likelihood"].residuals(x, block) for block in _state["blocks"]]]))


def _calls(rows):
    """First row, number of rows, and ROWS of them: a last call that is short is filled up.

    One compiled program then does for any number, and what a row gets depends on nothing but the row.
    """
    import jax.numpy as jnp
    import numpy as np

    size = density_model.ROWS
    for begin in range(0, len(rows), size):
        some = rows[begin : begin + size]
        yield begin, len(some), jnp.asarray(np.vstack([some, np.repeat(some[-1:], size - len(some), axis=0)]))


def _in_calls(name, rows):
    """A compiled function of one row, of ROWS at a time."""
    import numpy as np

    out = [np.asarray(_function(name)(full))[:count] for _, count, full in _calls(rows)]
    return np.vstack(out) if out else np.empty(0)


def _function(name):
    import jax
    import jax.numpy as jnp

    sites, functions = _state["sites"], _state["functions"]
    if name not in functions:
        names = sites.names + sites.derived

        def parameters(x):
            got = sites.parameters(x)
            return jnp.stack([jnp.asarray(got[n], dtype=float) for n in names])

        functions[name] = {
            "priors": lambda: jax.jit(lambda X: jax.lax.map(_priors, X)),
            "prior_quadratic": lambda: _with_derivatives(sites.log_prior),
            "yaml_prior_quadratic": lambda: _with_derivatives(lambda x: _priors(x)[1]),
            "parameters": lambda: jax.jit(lambda X: jax.lax.map(parameters, X)),
        }[name]()
    return functions[name]


def _with_derivatives(f):
    import jax

    return jax.jit(lambda x: (f(x), jax.grad(f)(x), jax.hessian(f)(x)))


def _scaled_names():
    return [n[: -len("_z")] for n in _state["yaml"].names if n.endswith("_z")]


def _scalings():
    all_of_them = _state["yaml"].kwargs["scalings"]
    return [all_of_them.get(n) or all_of_them[f"{n}_0"] for n in _scaled_names()]


def _scaled_values(parameters):
    import jax.numpy as jnp

    return jnp.stack([parameters[n] for n in _scaled_names()])


def _priors(x):
    """log prior, and that of the YAML alone, both with respect to x; a NaN where there is no other."""
    import jax
    import jax.numpy as jnp

    sites, yaml = _state["sites"], _state["yaml"]
    own = sites.log_prior(x)
    if yaml is None:
        return jnp.stack([own, jnp.nan])
    # Beside the scaled parameters there is sigma, which both have.
    rest = [i for i, n in enumerate(sites.names) if n in sites.logs]
    scaled = jnp.array([i for i in range(len(sites.names)) if i not in rest])
    scalings = _scalings()
    values = _scaled_values(sites.parameters(x))
    inside = jnp.array(True)
    z = []
    for i, scaling in enumerate(scalings):
        within = (values[i] > scaling.low) & (values[i] < scaling.high)
        inside &= within
        # homodyne's to_normalized(), which is for numbers alone: the inverse of its to_original().
        middle, half = 0.5 * (scaling.low + scaling.high), 0.5 * (scaling.high - scaling.low)
        y = jnp.where(within, (values[i] - middle) / half, 0.0)
        z.append((middle + half * jnp.arctanh(y) - scaling.center) / scaling.scale)
    slopes = jax.jacfwd(lambda x: _scaled_values(sites.parameters(x)))(x)[:, scaled]
    back = jnp.stack([jax.grad(s.to_original)(z[i]) for i, s in enumerate(scalings)])
    change = jnp.linalg.slogdet(slopes)[1] - jnp.sum(jnp.log(jnp.abs(back)))
    at = jnp.stack([z.pop(0) if n.endswith("_z") else x[rest[0]] for n in yaml.names])
    return jnp.stack([own, jnp.where(inside, yaml.log_prior(at) + change, -jnp.inf)])


_ABOUT_A_SLICE = {"sums": _sums, "quadratic": _quadratic, "parameters": _parameters, "residuals": _residuals}
