#!/usr/bin/env bash
# From a bare machine to a merged posterior beside its known truth: installs, builds, makes homodyne's environment and
# a small XPCS scan, runs hlaunch on it and shows the result. Safe to run twice: what is there is not made again.
# usage: bash examples/quickstart.sh [FOLDER]       FOLDER: where scan and results go (default: build/quickstart)
# HLAUNCH_PYTHON, HLAUNCH_VENV: a Python >= 3.12, a place for the environment (docs/install.md).
# Exit: 0 merged and near the truth; 1 a run or a check failed; 2 usage; 3 something could not be installed or built.
set -euo pipefail
here=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.."
repo=$PWD
for piece in common packages python venv build; do
    # shellcheck source=/dev/null
    . "tools/lib/$piece.sh"
done
[ $# -le 1 ] && [[ ${1:-} != -* ]] || die 2 "usage: bash examples/quickstart.sh [FOLDER]"
folder=${1:-$repo/build/quickstart}
[[ $folder == /* ]] || folder=$here/$folder
step() { printf '\n== %s\n' "$*"; }

step "1/5 packages and build"
ensure_packages build
build_project "$repo" "$repo/build" hlaunch "${UNITY[@]}"

step "2/5 environment with homodyne"
venv=$(ensure_venv) || { code=$?; [ "$code" = 1 ] && exit 3; exit "$code"; }
echo "$venv"

step "3/5 a scan with a known truth: 64 frames, 6 angles"
mkdir -p "$folder" || die 3 "cannot make $folder: name a writable folder"
# Made once, and left alone after that: a changed input would be another analysis.
if [ ! -f "$folder/config.yaml" ]; then
    "$venv/bin/python" examples/make_xpcs.py "$folder" --frames 64 --seed 7
    "$venv/bin/python" examples/make_config.py "$folder" "$folder/config.yaml.new" \
        optimization.cmc.sharding.num_shards=2 optimization.mcmc.num_warmup=400 optimization.mcmc.num_samples=900
    mv "$folder/config.yaml.new" "$folder/config.yaml"
fi
echo "$folder/config.yaml"

step "4/5 hlaunch"
# homodyne reads relative paths from the folder it is started in, and so does hlaunch.
cd "$folder"
command=("$repo/build/hlaunch" --mode cmc-hpc --config config.yaml --output results --app "$venv/bin/homodyne")
printf '%q ' "${command[@]}"
printf '\n'
"${command[@]}" </dev/null

step "5/5 merged result beside the truth"
"$venv/bin/python" "$repo/examples/show_truth.py" results/merged/cmc/parameters.json truth.json
echo "all of it: $folder/results/merged"
