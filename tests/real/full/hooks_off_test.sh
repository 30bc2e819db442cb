#!/usr/bin/env bash
# With the hooks off hlaunch runs homodyne as it is: its samples.npz is bitwise the one of plain homodyne.
. "$(dirname "$0")/../../lib.sh"
python=$HOMODYNE_VENV/bin/python
real=$REPO/tests/real
export PYTHONDONTWRITEBYTECODE=1
cd "$T"
mkdir data
"$python" "$REPO/examples/make_xpcs.py" data --frames 72 --phi 0,22.5,45,67.5,90,112.5,135,157.5 --seed 3 >/dev/null
# homodyne takes warmup, draws and chains from optimization.mcmc, over per_shard_mcmc.
"$python" "$REPO/examples/make_config.py" data config.yaml optimization.cmc.sharding.num_shards=4 optimization.mcmc.num_warmup=120 \
    optimization.mcmc.num_samples=100 optimization.mcmc.num_chains=2
app=(--app "$HOMODYNE_VENV/bin/homodyne")
# Few draws: what is tested here is that they are the same ones, so the gate of effective sample size is waived.
run() { "$HLAUNCH" --mode cmc --config config.yaml "${app[@]}" --accept ess --accept r-hat "$@" </dev/null; }

# Hooks off: homodyne as it is.
check "an NLSQ result to start from" "$HLAUNCH" --mode nlsq --config config.yaml "${app[@]}" --output two
check "hooks off" run --hooks off --instances 1 --nlsq-result two/nlsq/out --output off
mkdir plain && cp config.yaml plain.yaml
check "plain homodyne" "$HOMODYNE_VENV/bin/homodyne" --config plain.yaml --method cmc --nlsq-result two/nlsq/out --output-dir plain
check "bitwise the same samples.npz" "$python" "$real/same_draws.py" off/merged/cmc/samples.npz plain/cmc/samples.npz
summary
