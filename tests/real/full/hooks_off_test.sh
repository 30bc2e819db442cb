#!/usr/bin/env bash
# With the hooks off hlaunch runs homodyne as it is: its samples.npz is bitwise the one of plain homodyne.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/../lib.sh"
make_reference_scan data
make_sampling_yaml data config.yaml 120 100 optimization.cmc.sharding.num_shards=4
app=(--app "$homodyne")
# Few draws: what is tested here is that they are the same ones, so the gate of effective sample size is waived.
run() { "$HLAUNCH" --mode cmc --config config.yaml "${app[@]}" --accept ess --accept r-hat "$@" </dev/null; }

# Hooks off: homodyne as it is.
check "an NLSQ result to start from" "$HLAUNCH" --mode nlsq --config config.yaml "${app[@]}" --output two
check "hooks off" run --hooks off --instances 1 --nlsq-result two/nlsq/out --output off
mkdir plain && cp config.yaml plain.yaml
check "plain homodyne" "$homodyne" --config plain.yaml --method cmc --nlsq-result two/nlsq/out --output-dir plain
check "bitwise the same samples.npz" "$python" "$real/same_draws.py" off/merged/cmc/samples.npz plain/cmc/samples.npz
summary
