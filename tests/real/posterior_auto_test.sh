#!/usr/bin/env bash
# --posterior auto on a small static scan of two shards: a good consensus is certified and corrected; homodyne's own combination of the
# same shards is not certified and replaced by the exact posterior. Shards drawn with lost priors: full/posterior_priors_test.sh.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
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
verdict "the consensus is certified, its draws are corrected" auto/merged certified "certified consensus"
check_json "merge.json is what docs/schemas says" auto/merged/merge.json
check "before it sampled it said what exact would take" grep -q -- "--posterior exact would take about" run.err
check "the summary has the certificate" grep -q "certified consensus.*k-hat" run.out
check "and the factor of the pairs" grep -q "^pairs: .*1.41 times" run.out
check "homodyne's model was evaluated at the corrected draws" test -s auto/merged/cmc/fitted_data.npz

cp -r auto/merged certified
# Its workers have nowhere to put the points.
mv auto/posterior kept && touch auto/posterior
check "where the density cannot be asked, the consensus is not lost" run config.yaml --output auto
verdict "and says that it is not certified" auto/merged missing "uncertified consensus"
check "and why" grep -q "uncertified consensus: .*posterior" run.out
check "no weights are left of the certified one" test ! -e auto/merged/cmc/posterior_draws.npz

"$python" "$real/own_output.py" auto/evaluate/own_combination.npz 2 2 own
check "homodyne's own combination of the same shards, to be certified" "$HLAUNCH" merge own --kind replicas --posterior auto --config config.yaml \
    --app "$homodyne" --output own-merged
verdict "it is not, and replaced by the exact posterior" own-merged refused exact
check_json "merge.json is what docs/schemas says, too" own-merged/merge.json

same_answer() {
    "$python" -c '
import json, sys
a, b = ({p["name"]: p for p in json.load(open(f + "/merge.json"))["parameters"]} for f in sys.argv[1:])
for name in a.keys() & b.keys():
    assert abs(a[name]["mean"] - b[name]["mean"]) < 0.2 * a[name]["sd"] and abs(a[name]["sd"] / b[name]["sd"] - 1) < 0.15, name' "$@"
}
check "its answer is that of the certified consensus, within its Monte Carlo error" same_answer own-merged certified
summary
