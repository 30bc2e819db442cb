#!/usr/bin/env bash
# --posterior auto of shards that were drawn with lost priors: not certified, replaced by the exact posterior.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/real/posterior_lib.sh
. "$real/posterior_lib.sh"
auto_scan

check "the main job with a certificate" run_auto config.yaml --output auto
verdict "the consensus is certified" auto/merged certified "certified consensus"
# Their draws do not matter: few will do.
auto_yaml few.yaml 60 60
check "shards drawn with lost priors" run_auto few.yaml --output lost --keep-lost-priors --nlsq-result auto/nlsq/out
verdict "are not certified either, and replaced" lost/merged refused exact
check "its answer is that of the certified consensus, within its Monte Carlo error" same_answer auto/merged lost/merged
summary
