"""The user's YAML with its paths made absolute, and a private cache: what each part is started with.

Written by the library homodyne reads with (PyYAML), since 1e-8 or "42" would change meaning elsewhere.
"""

import os

from ..files import own_file

# Paths that mean a file or folder of the user's, relative to where homodyne is started.
_USER_PATHS = ("file_path", "data_folder_path")


def load(path):
    import yaml

    with open(path, encoding="utf-8") as f:
        text = f.read()
    try:
        config = yaml.safe_load(text)
    except RecursionError as error:
        raise ValueError(f"{path} is nested too deeply to be read") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ValueError(f"{path} is not YAML{where}: {getattr(error, 'problem', error)}") from error
    if not isinstance(config, dict):
        raise ValueError(f"{path} holds no mapping of settings; homodyne would run its defaults instead")
    return config


def section(config, *keys):
    """The mapping at config[key]..., made if absent; ValueError where the YAML has something else there."""
    for depth, key in enumerate(keys):
        if config.get(key) is None:
            config[key] = {}
        config = config[key]
        if not isinstance(config, dict):
            raise ValueError(f"{'.'.join(keys[: depth + 1])} is not a mapping")
    return config


def derive(config, user_cwd):
    """Changes config in place; all else of it stays as the user wrote it."""
    data = section(config, "experimental_data")
    for key in _USER_PATHS:
        if isinstance(data.get(key), str) and data[key]:
            data[key] = os.path.normpath(os.path.join(user_cwd, data[key]))  # it expands no ~
    if "phi_angles_path" in data:
        data["phi_angles_path"] = "../cache"  # only ever written to
    # The cache's file name holds only q and frames: a shared folder answers with another scan's data.
    data["cache_file_path"] = "../cache"
    if "cache_directory" in data:
        data["cache_directory"] = "../cache"
    section(config, "output")["directory"] = "../out"
    for keys in (("optimization", "streaming"), ("optimization", "cmc", "backend_config")):
        place = config
        for key in keys:
            place = place.get(key) if isinstance(place, dict) else None
        if isinstance(place, dict) and "checkpoint_dir" in place:
            place["checkpoint_dir"] = "./checkpoints"
    return config


def refuse_data_named_twice(config, user_cwd):
    """homodyne reads data_folder_path and data_file_name, and leaves file_path out silently."""
    data = section(config, "experimental_data")
    folder, name, other = (data.get(key) for key in ("data_folder_path", "data_file_name", "file_path"))
    if not all(isinstance(path, str) and path for path in (folder, name, other)):
        return
    read, left = (os.path.normpath(os.path.join(user_cwd, path)) for path in (os.path.join(folder, name), other))
    if os.path.realpath(read) == os.path.realpath(left):
        return
    if not os.path.exists(read):
        raise ValueError(f"data file {read} (experimental_data.data_file_name) is not there; file_path names {left}")
    gone = "" if os.path.exists(left) else ", which is not there"
    raise ValueError(
        f"experimental_data names two files: data_folder_path and data_file_name {read}, which would be read, and"
        f" file_path {left}{gone}; make them one, or take file_path out"
    )


def choose(config, scan):
    """One scan of many: its data and its wavevector (1/A) instead of the config's."""
    if path := scan.get("data"):
        data = section(config, "experimental_data")
        data["data_folder_path"], data["data_file_name"] = os.path.split(path)
        data["file_path"] = path
    if "q" in scan:
        section(config, "analyzer_parameters", "scattering")["wavevector_q"] = scan["q"]


def shorten(config, short):
    """Few draws, for a run that only measures speed. homodyne's command line takes the numbers from
    optimization.mcmc over per_shard_mcmc (cli/config_handling), so both are set."""
    for keys in (("mcmc",), ("cmc", "per_shard_mcmc")):
        place = section(config, "optimization", *keys)
        place["num_warmup"], place["num_samples"] = short["num_warmup"], short["num_samples"]
    if short["num_shards"]:
        section(config, "optimization", "cmc", "sharding")["num_shards"] = short["num_shards"]


def staged(config):
    """A copy of config that names the data where hlaunch links each instance to its own copy of the file."""
    import copy

    out = copy.deepcopy(config)
    data = out["experimental_data"]
    if data.get("data_folder_path") and data.get("data_file_name"):
        data["data_folder_path"] = "staged"
        data["data_file_name"] = os.path.basename(data["data_file_name"])
    else:
        data["file_path"] = os.path.join("staged", os.path.basename(data["file_path"]))
    return out


def dump(config, path):
    import yaml

    temporary = f"{path}.tmp"
    with open(temporary, "w", encoding="utf-8", opener=own_file.opener) as f:
        yaml.safe_dump(config, f, sort_keys=False, allow_unicode=True, width=1000)
        f.flush()
        os.fsync(f.fileno())
    os.replace(temporary, path)


def data_files(config):
    """The files the analysis reads, absolute, as homodyne's loader finds them (data/xpcs_loader.py)."""
    data = config.get("experimental_data") or {}
    if data.get("data_folder_path") and data.get("data_file_name"):
        return [os.path.join(data["data_folder_path"], data["data_file_name"])]
    return [data["file_path"]] if data.get("file_path") else []
