"""The priors a model really has, read off the model itself, site by site."""


def _number(value):
    import numpy as np

    return float(np.asarray(value))


def _sampled_sites(model, kwargs):
    import jax
    from numpyro import handlers

    trace = handlers.trace(handlers.seed(model, jax.random.PRNGKey(0))).get_trace(**kwargs)
    return {
        name: site["fn"]
        for name, site in trace.items()
        if site["type"] == "sample" and not site["is_observed"]
    }


def _gaussian(distribution):
    """(location, scale) of a normal or truncated normal prior, None of any other."""
    base = getattr(distribution, "base_dist", distribution)
    if type(base).__name__ != "Normal":
        return None
    return _number(base.loc), _number(base.scale)


def describe(model, kwargs):
    """One entry a sampled site: {name, parameter, kind, ...}; docs/schemas/shard.md names the keys.

    Traced twice, as this shard (num_shards as it is) and as an unsharded run (num_shards = 1), so that a
    merge knows what tempering was done and what is left to divide out.
    """
    here = _sampled_sites(model, kwargs)
    whole = _sampled_sites(model, {**kwargs, "num_shards": 1})
    scalings = kwargs.get("scalings") or {}
    space = kwargs.get("parameter_space")
    out = []
    for name, distribution in here.items():
        prior, full = _gaussian(distribution), _gaussian(whole[name])
        if prior is None or full is None:
            out.append({"name": name, "parameter": name, "kind": "nuisance"})
            continue
        entry = {
            "name": name,
            "parameter": name,
            "kind": "direct",
            "prior_loc": prior[0],
            "prior_scale": prior[1],
            "full_prior_scale": full[1],
            "low": None,
            "high": None,
        }
        if name.endswith("_z"):
            parameter = name[:-2]
            scaling = scalings.get(parameter) or scalings.get(f"{parameter}_0")
            entry.update(
                kind="z",
                parameter=parameter,
                center=_number(scaling.center),
                scale=_number(scaling.scale),
                low=_number(scaling.low),
                high=_number(scaling.high),
            )
        elif space is not None:
            try:
                low, high = space.get_bounds(name)
                entry.update(low=_number(low), high=_number(high))
            except KeyError:
                pass  # a reparameterised site: unbounded, or bounded by its own prior
        out.append(entry)
    return out
