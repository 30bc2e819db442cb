"""Compiled code kept in one folder for all instances, in place of jax's own files.

jax (0.8.2 to 0.12) writes an entry under its final name, neither at once nor under a lock, and never replaces a torn
one. Here an entry is renamed into place with its length and CRC-32; one that does not hold is removed and compiled
again. HLAUNCH_JIT_CACHE names the folder, or says off; JAX_COMPILATION_CACHE_DIR is the instance's own folder, taken
where the other cannot be used.
"""

import hashlib
import json
import os
import pathlib
import platform
import re
import tempfile
import time
import zlib

_HEADER = re.compile(rb"hlaunch-jit 1 ([0-9a-f]{8}) ([0-9]{1,12})\n")
_SUFFIX = ".jit"
_TOUCH_S = 3600.0  # how exactly the last use is known: its file's time is set no more often
# What XLA compiles for: LLVM reads the same by cpuid. Clock, microcode and the like are left out.
_CPU_FIELDS = (
    "vendor_id",
    "cpu family",
    "model",
    "model name",
    "stepping",
    "CPU implementer",
    "CPU architecture",
    "CPU variant",
    "CPU part",
)
_FEATURE_FIELDS = ("flags", "Features")


def _cpu(cpuinfo):
    """Name and features of the first processor that /proc/cpuinfo tells of."""
    fields = {}
    for line in cpuinfo.strip().split("\n\n")[0].splitlines():
        name, _, value = line.partition(":")
        fields[name.strip()] = value.strip()
    identity = {name: fields[name] for name in _CPU_FIELDS if name in fields}
    features = sorted(word for name in _FEATURE_FIELDS for word in fields.get(name, "").split())
    return fields.get("model name", platform.machine()), [platform.machine(), identity, features]


def describe(jax_version, jaxlib_version, cpuinfo, environment, cpus):
    """All that decides whether code compiled in one process may run, and runs alike, in another.

    jax's own key of an entry holds the program, jaxlib and most flags, but neither the CPU nor the threads.
    """
    name, features = _cpu(cpuinfo)
    return {
        "format": "hlaunch-jit-key",
        "version": 1,
        "jax": jax_version,
        "jaxlib": jaxlib_version,
        "cpu": name,
        "cpu_features": hashlib.sha256(json.dumps(features, sort_keys=True).encode()).hexdigest()[:16],
        "cpus": cpus,
        "threads": environment.get("PJRT_NPROC") or environment.get("NPROC") or "",
        "xla_flags": " ".join(environment.get("XLA_FLAGS", "").split()),
    }


def folder_name(key):
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:16]
    return f"jaxlib-{re.sub('[^A-Za-z0-9.]', '-', key['jaxlib'])}-{digest}"


def _require_safe(path):
    """Whoever can write an entry runs code in every process that reads it."""
    status = os.stat(path)
    if status.st_uid not in (os.geteuid(), 0) or status.st_mode & 0o022:
        raise PermissionError(f"{path} can be written by others")


def _replace(path, content):
    """The whole file or none; a temporary that a kill leaves is removed by hlaunch."""
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as f:
            f.write(content)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def open_folder(root, key):
    """The folder of this key, made if need be. OSError where it cannot be had or is not to be trusted."""
    folder = os.path.join(root, folder_name(key))
    os.makedirs(root, mode=0o700, exist_ok=True)
    _require_safe(root)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    _require_safe(folder)
    told = os.path.join(folder, "key.json")
    if not os.path.exists(told):
        _replace(told, (json.dumps(key, indent=1, sort_keys=True) + "\n").encode())
    return folder


class Entries:
    """get and put as jax's CacheInterface has them. Neither ever raises for the file system's sake."""

    def __init__(self, folder):
        self.folder = folder
        self._path = pathlib.Path(folder)  # jax's name for it
        self.hits = self.misses = self.torn = self.puts = 0

    def _file(self, key):
        return os.path.join(self.folder, hashlib.sha256(key.encode()).hexdigest()[:40] + _SUFFIX)

    def get(self, key):
        path = self._file(key)
        try:
            with open(path, "rb") as f:
                content = f.read()
                used = os.fstat(f.fileno()).st_mtime
        except OSError:
            self.misses += 1
            return None
        header = _HEADER.match(content)
        value = content[header.end() :] if header else b""
        if not header or len(value) != int(header[2]) or zlib.crc32(value) != int(header[1], 16):
            self.torn += 1
            try:
                os.unlink(path)
            except OSError:
                pass
            return None
        self.hits += 1
        if time.time() - used > _TOUCH_S:
            try:
                os.utime(path)
            except OSError:
                pass
        return value

    def put(self, key, value):
        path = self._file(key)
        if os.path.exists(path):
            self.puts += 1  # by another process, meanwhile
            return
        try:
            _replace(path, b"hlaunch-jit 1 %08x %d\n" % (zlib.crc32(value), len(value)) + value)
            self.puts += 1
        except OSError:
            pass  # no room, read-only: compiled again next time


def _this_key():
    from importlib.metadata import version

    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as f:
        cpuinfo = f.read()
    return describe(version("jax"), version("jaxlib"), cpuinfo, os.environ, len(os.sched_getaffinity(0)))


def _take_place_of_files(module, root):
    original, interface = module.get_file_cache, module.CacheInterface

    class SharedCache(Entries, interface):
        pass

    def get_file_cache(path):
        for place in (root, path):
            try:
                return SharedCache(open_folder(place, _this_key())), path
            except OSError:
                continue
        return original(path)

    module.get_file_cache = get_file_cache


def install(after_import):
    root = os.environ.get("HLAUNCH_JIT_CACHE")
    if not root:
        return
    own = os.environ.get("JAX_COMPILATION_CACHE_DIR") or root

    def configure(_):
        import jax

        if root == "off":
            jax.config.update("jax_enable_compilation_cache", False)
            return
        # By update: up to jax 0.8 the variables alone were not enough. NLSQ sets a floor of 1 s on import.
        jax.config.update("jax_enable_compilation_cache", True)
        jax.config.update("jax_compilation_cache_dir", own)
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)

    os.environ["NLSQ_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    after_import("jax", configure)
    after_import("nlsq", configure)
    if root != "off":
        after_import("jax._src.compilation_cache", lambda module: _take_place_of_files(module, root))
