#!/usr/bin/env bash
# The real homodyne-config-xla agrees with what hlaunch config-xla wrote, in a virtual environment and without one.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
mkdir home venv
# Its own code without the import of homodyne and JAX, which takes seconds and changes nothing of what it reads.
cat >show.py <<'P'
import importlib.util, os, sys
sys.modules["jax"] = None
folder = importlib.util.find_spec("homodyne").submodule_search_locations[0]
spec = importlib.util.spec_from_file_location("xla_config", os.path.join(folder, "cli", "xla_config.py"))
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
module.show_config()
P
for place in "VIRTUAL_ENV=$T/venv" "XDG_CONFIG_HOME=$T/home/xdg"; do
    for mode in auto cmc cmc-hpc nlsq; do
        run() { env -u VIRTUAL_ENV -u CONDA_PREFIX -u XDG_CONFIG_HOME HOME="$T/home" "$place" "$@"; }
        run "$HLAUNCH" config-xla --mode "$mode" >/dev/null 2>&1
        check_equal "${place%%=*}, mode $mode" "  Mode: $mode" "$(run "$python" show.py | grep Mode:)"
    done
done
check "the program itself agrees too" grep -q "Mode: nlsq" <(run "$HOMODYNE_VENV/bin/homodyne-config-xla" --show)
summary
