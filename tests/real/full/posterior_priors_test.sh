#!/usr/bin/env bash
# --posterior auto of shards that were drawn with lost priors: not certified, replaced by the exact posterior.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/../lib.sh"
export HLAUNCH_POSTERIOR=auto
make_scan data --frames 32 --phi 0,45,90,135 --seed 3
make_sampling_yaml data config.yaml 150 250 optimization.cmc.sharding.num_shards=2 \
    optimization.cmc.validation.use_nlsq_informed_priors=false
run() { # CONFIG OPTION...
    local config=$1
    shift
    "$HLAUNCH" --mode cmc --config "$config" --app "$homodyne" --per machine --reserve-cores 0 --num-workers 2 \
        --accept ess --accept r-hat --accept divergences "$@" </dev/null >run.out 2>run.err
}
# verdict NAME FOLDER VERDICT ANSWER: a check, with the figures below it.
verdict() {
    check "$1" figures "${@:2}"
    sed 's/^/# /' says.txt
}
figures() { "$python" "$real/certificate_says.py" "$1" data/truth.json "$2" "$3" >says.txt 2>&1 || { cat says.txt && false; }; }

check "the main job with a certificate" run config.yaml --output auto
verdict "the consensus is certified" auto/merged certified "certified consensus"
# Their draws do not matter: few will do.
make_sampling_yaml data few.yaml 60 60 optimization.cmc.sharding.num_shards=2 optimization.cmc.validation.use_nlsq_informed_priors=false
check "shards drawn with lost priors" run few.yaml --output lost --keep-lost-priors --nlsq-result auto/nlsq/out
verdict "are not certified either, and replaced" lost/merged refused exact
same_answer() {
    "$python" -c '
import json, sys
a, b = ({p["name"]: p for p in json.load(open(f + "/merge.json"))["parameters"]} for f in sys.argv[1:])
for name in a.keys() & b.keys():
    assert abs(a[name]["mean"] - b[name]["mean"]) < 0.2 * a[name]["sd"] and abs(a[name]["sd"] / b[name]["sd"] - 1) < 0.15, name' "$@"
}
check "its answer is that of the certified consensus, within its Monte Carlo error" same_answer auto/merged lost/merged
summary
