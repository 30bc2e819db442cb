#!/usr/bin/env bash
# The exact posterior against homodyne's own NUTS of the same points, unsharded (2 x 2,000 draws): the quickstart's scan, and one of 8
# angles whose noise is unequal. In the same table: the consensus of shards, and homodyne's own combination of them.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/../lib.sh"
compare() { # NAME SHARDS GENERATOR...
    local name=$1 shards=$2
    shift 2
    mkdir "$name"
    make_scan "$name/data" "$@"
    cd "$name"
    make_sampling_yaml data config.yaml 400 900 optimization.cmc.sharding.num_shards="$shards"
    make_sampling_yaml data whole.yaml 1000 2000 optimization.cmc.enable=false optimization.cmc.per_shard_mcmc.adaptive_sampling=false
    run() { "$HLAUNCH" --config config.yaml --app "$homodyne" --reserve-cores 0 --quiet "$@" </dev/null; }
    check "$name: consensus of $shards shards" run --mode cmc-hpc --posterior consensus --accept ess --accept r-hat --output consensus
    "$python" "$real/homodyne_combination.py" consensus own.npz
    check "$name: exact" run --mode cmc-hpc --posterior exact --ess 10000 --nlsq-result consensus/nlsq/out --output exact
    # The application's own command line, on the same fit, from which its priors are made.
    check "$name: homodyne's NUTS, unsharded" "$homodyne" --config whole.yaml --method cmc --nlsq-result consensus/nlsq/out --output-dir reference
    check_table "$name: exact is NUTS within the Monte Carlo error of both" "$python" "$real/reference_table.py" exact \
        reference/cmc/samples.npz 2 consensus=consensus/merged/cmc/samples.npz homodyne=own.npz
    cd ..
}
compare quickstart 2 --frames 64 --seed 7
compare unequal 4 --frames 72 --phi 0,22.5,45,67.5,90,112.5,135,157.5 --seed 3 --noise-by-angle .005,.02,.01,.03,.008,.015,.01,.02
summary
