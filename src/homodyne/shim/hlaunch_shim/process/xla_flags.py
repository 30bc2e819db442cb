"""What the jaxlib of this environment says to the user's XLA_FLAGS.

An unknown flag or value makes it abort the whole process at the first use of a device: so it is asked in a
throw-away one, before anything is started.
"""

import os
import re
import subprocess
import sys

# Set by hlaunch (homodyne/app/xla_flags.cpp) and by homodyne itself (its __init__.py): known to work.
_OWN = (
    "--xla_force_host_platform_device_count",
    "--xla_cpu_multi_thread_eigen",
    "--xla_disable_hlo_passes=constant_folding",
)


def complaint(flags):
    """One line naming what jaxlib refuses; None where it starts, or where there is nothing of the user's."""
    if all(flag.startswith(_OWN) for flag in flags.split()):
        return None
    environment = {k: v for k, v in os.environ.items() if k != "HLAUNCH_TASK"}
    environment.update(XLA_FLAGS=flags, JAX_PLATFORMS="cpu")
    probe = subprocess.run(
        [sys.executable, "-c", "import jax; jax.devices()"],
        env=environment,
        cwd="/",  # with -c the current folder comes first on sys.path, and a jax.py may lie in it
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if probe.returncode == 0:
        return None
    said = probe.stderr
    if named := re.search(r"Unknown flags? in XLA_FLAGS: (.*)", said):
        return f"{named.group(1)}: unknown to jaxlib {_version()} (misspelt, or removed since)"
    if named := re.search(r"Couldn't interpret value (.*) for flag (\S+?)\.?$", said, re.MULTILINE):
        return f"--{named.group(2)}={named.group(1)}: no value that jaxlib {_version()} takes for this flag"
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return f"jaxlib {_version()} does not start with them: {lines[-1] if lines else f'exit code {probe.returncode}'}"


def _version():
    from importlib.metadata import version

    return version("jaxlib")
