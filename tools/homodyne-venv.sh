#!/usr/bin/env bash
# Prints the folder of the virtual environment with homodyne; makes it first where it is missing.
# Exit 1: no Python >= 3.12 to be had; 2: HLAUNCH_PYTHON or HLAUNCH_VENV is wrong; 3: packages could not be installed.
set -euo pipefail
lib=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/lib
for piece in common packages python venv; do
    # shellcheck source=/dev/null
    . "$lib/$piece.sh"
done
ensure_venv
