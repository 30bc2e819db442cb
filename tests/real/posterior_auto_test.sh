#!/usr/bin/env bash
# --posterior auto on a small static scan of two shards: a good consensus is certified and corrected; homodyne's own combination of the
# same shards is not certified and replaced by the exact posterior. Shards drawn with lost priors: full/posterior_priors_test.sh.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/real/posterior_lib.sh
. "$real/posterior_lib.sh"
auto_scan

check "the main job with a certificate" run_auto config.yaml --output auto
verdict "the consensus is certified, its draws are corrected" auto/merged certified "certified consensus"
check_json "merge.json is what docs/schemas says" auto/merged/merge.json
check "before it sampled it said what exact would take" grep -q -- "--posterior exact would take about" run.err
check "the summary has the certificate" grep -q "certified consensus.*k-hat" run.out
check "and the factor of the pairs" grep -q "^pairs: .*1.41 times" run.out
check "homodyne's model was evaluated at the corrected draws" test -s auto/merged/cmc/fitted_data.npz

cp -r auto/merged certified
# Its workers have nowhere to put the points.
mv auto/posterior kept && touch auto/posterior
check "where the density cannot be asked, the consensus is not lost" run_auto config.yaml --output auto
verdict "and says that it is not certified" auto/merged missing "uncertified consensus"
check "and why" grep -q "uncertified consensus: .*posterior" run.out
check "no weights are left of the certified one" test ! -e auto/merged/cmc/posterior_draws.npz

"$python" "$real/own_output.py" auto/evaluate/own_combination.npz 2 2 own
check "homodyne's own combination of the same shards, to be certified" "$HLAUNCH" merge own --kind replicas --posterior auto --config config.yaml \
    --app "$homodyne" --output own-merged
verdict "it is not, and replaced by the exact posterior" own-merged refused exact
check_json "merge.json is what docs/schemas says, too" own-merged/merge.json

check "its answer is that of the certified consensus, within its Monte Carlo error" same_answer own-merged certified
summary
