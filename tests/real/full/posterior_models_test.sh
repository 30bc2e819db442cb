#!/usr/bin/env bash
# Exact posteriors of all models of contrast and offset that homodyne has, of a scan on which its fit fails, and after a fit of another
# scan: each is certified and holds the truth, or is refused with the reason.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/real/posterior_lib.sh
. "$real/posterior_lib.sh"

eight=0,20,45,70,90,110,135,160
many=$(seq -s, 0 7.83 173)
figures() { # NAME
    says_of "$1-run" '{k: m["exact"][k] for k in ("certified_by", "k_hat", "effective_draws", "evaluations", "seconds", "points")}, len(m["parameters"])'
    "$python" "$real/exact_files.py" "$1-run/merged" "$1/truth.json" 99 || :
    grep -E '^(pass|warn|fail)  *misfit' "$1.out" || :
}
holds() { # NAME SD: a check, with the figures below it
    check "$1: the truth within $2 sd" "$python" "$real/exact_files.py" "$1-run/merged" "$1/truth.json" "$2"
    figures "$1" 2>&1 | sed 's/^/# /'
}
# scan NAME MODE FRAMES ANGLES SEED KEY=VALUE...: of a shear rate that the priors of make_config.py expect. homodyne bends them at the
# bounds: the generator's own rate, 0.001, would lie 3.4 sd below the middle of its prior.
scan() {
    local rate=()
    [ "$2" = static ] || rate=(--gamma_dot_t0 0.003)
    make_scan "$1" --mode "$2" --frames "$3" --phi "$4" --seed "$5" "${rate[@]}"
    make_yaml "$1" "$1.yaml" "${@:6}"
}
mode=optimization.cmc.per_angle_mode
for kind in "static8 static 64 $eight 3" "static23 static 48 $many 31" "laminar8 laminar_flow 64 $eight 31" "laminar23 laminar_flow 48 $many 32"; do
    # shellcheck disable=SC2086
    scan $kind $mode=individual
    check "${kind%% *}: contrast and offset of each angle" exact "${kind%% *}" --prior-source yaml
    holds "${kind%% *}" 4
done
# Contrast and offset that homodyne fixes from quantiles of the data may be wrong by more than their effect on the answer allows.
for kind in constant constant_averaged; do
    for model in static laminar_flow; do
        name=$kind-$model
        scan "$name" $model 64 $eight 31 $mode=$kind
        code=0
        exact "$name" --prior-source yaml || code=$?
        if [ $code = 0 ]; then
            holds "$name" 4
        else
            check "$name: refused, because the model does not describe the data" grep -q "misfit.*does not describe these data" "$name.err"
            sed -n '/refused\|misfit/s/^/# /p' "$name.err"
        fi
    done
done

scan window static 200 0,30,60,90,120,150 5
check "a fit that stands at its start values is only a start" exact window --keep-stratification
check "and told as one" grep -q "NLSQ fit is a start only: .*at the start values" window.err
holds window 3

make_scan other --mode laminar_flow --frames 64 --phi $eight --seed 33 --gamma_dot_t0 0.008 --D0 16000 --alpha -0.5 --phi0 -5
make_yaml other other.yaml
check "a fit of another scan" "$HLAUNCH" --mode nlsq --config other.yaml --app "$homodyne" --quiet --output other-run
scan warm laminar_flow 64 $eight 34
says "is no fit of these data" 2 "is no fit of these data" exact_of warm --quiet --nlsq-result other-run/nlsq/out
code=0
exact warm --nlsq-result other-run/nlsq/out --accept nlsq || code=$?
check_equal "where it is accepted the check of the priors fails" 1 "$code"
check "with the shift" grep -qE "^fail  *priors +[0-9.]+ " warm.out
grep -hE "^fail  *priors" warm.out | sed 's/^/# /'
check "and with the YAML's priors" exact warm --nlsq-result other-run/nlsq/out --accept nlsq --prior-source yaml --fresh
holds warm 3
summary
