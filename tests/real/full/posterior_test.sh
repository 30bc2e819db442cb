#!/usr/bin/env bash
# The merged posterior of 4 shards against ONE unsharded run of the same 39,760 points (2 x 2000 draws, plain homodyne), with
# homodyne's own combination beside it; and the bounds and priors that homodyne's workers lose.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/../lib.sh"
make_reference_scan data
plain=(optimization.cmc.per_shard_mcmc.adaptive_sampling=false optimization.cmc.validation.use_nlsq_informed_priors=false)
make_sampling_yaml data config.yaml 500 1000 optimization.cmc.sharding.num_shards=4 "${plain[@]}"
make_sampling_yaml data whole.yaml 500 2000 optimization.cmc.enable=false "${plain[@]}"
run() { "$HLAUNCH" --mode cmc --config config.yaml --app "$homodyne" --per cores:1 "$@" </dev/null; }

check "4 shards on two placements, merged" run --output merged
priors() { "$python" "$real/shard_priors.py" config.yaml "$1"; }
check "centre and scale of each captured shard are the YAML's" priors merged
check "and merge.json says they were given back" grep -q "lose the YAML's bounds and priors" merged/merged/merge.json

run --nlsq-result merged/nlsq/out --keep-lost-priors --output lost >lost.out 2>lost.err && code=0 || code=$?
check_equal "left as homodyne leaves them, the merge is refused" 1 "$code"
check "by the gate on priors" grep -q "refused: priors" lost.err
priors lost >lost.txt 2>&1 && fail "the lost ones show in the draws" "they are the YAML's" || pass "the lost ones show in the draws"
sed 's/^/# /' lost.txt
"$python" "$real/homodyne_combination.py" lost own.npz

check "an unsharded reference run" "$homodyne" --config whole.yaml --method cmc \
    --nlsq-result merged/nlsq/out --output-dir reference
# mean within 0.2 sd, sd ratio 0.9-1.1, correlation D0-alpha within 0.03
check_table "merged posterior is the unsharded one" "$python" "$real/against_reference.py" merged/merged/cmc/samples.npz \
    reference/cmc/samples.npz own.npz 0.2 0.9 1.1 0.03
summary
