#!/usr/bin/env bash
# Exact posteriors that Laplace's approximation does not reach, or that are none: weak shear and a noisy scan are certified all the same,
# two solutions are both told, and a model that contradicts the data is refused.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/real/posterior_lib.sh
. "$real/posterior_lib.sh"

# scan NAME MODE OPTION...: its data, and its config.
scan() {
    make_scan "$1" --mode "$2" "${@:3}"
    make_yaml "$1" "$1.yaml"
}
# certified NAME: by weights, or by ensembles that agree and have 400 effective draws.
certified() {
    says_of "$1-run" '(m["exact"]["certified_by"], m["exact"]["k_hat"], m["exact"]["r_hat"], m["exact"]["effective_draws"], m["exact"]["evaluations"])' >says.txt
    sed 's/^/# /' says.txt >&2
    [ "$(says_of "$1-run" 'm["passed"] and (m["exact"]["certified_by"] == "importance" or (m["exact"]["r_hat"] <= 1.01 and m["exact"]["effective_draws"] >= 400))')" = True ]
}
truth() { "$python" "$real/exact_files.py" "$1-run/merged" "$1/truth.json" 4; }

scan weak laminar_flow --frames 48 --phi 0,20,45,90,135,160 --noise 0.05 --gamma_dot_t0 5e-5 --seed 21
check "weak shear" exact weak --accept priors
check "is certified" certified weak
check "weak shear under the YAML's priors" exact weak --prior-source yaml --fresh
check "is certified, too" certified weak

scan noisy static --frames 24 --phi 0,60,120 --noise 0.15 --seed 22
check "a noisy static scan" exact noisy --prior-source yaml
check "is certified" certified noisy
check "the truth within 4 sd" truth noisy

# Two angles at right angles leave the sign of phi0 open.
scan mirror laminar_flow --frames 72 --phi 0,90 --gamma_dot_t0 0.003 --phi0 6 --seed 4
check "two solutions" exact mirror --prior-source yaml
check "are certified" certified mirror
check_equal "both are told, each with its half" "2 True True" "$(says_of mirror-run \
    'len(m["exact"]["basins"]), all(0.4 < b["share"] < 0.6 for b in m["exact"]["basins"]), any(c["name"] == "basins" and c["verdict"] == "warn" for c in m["checks"])' | tr -d '(,)')"

make_scan flow --mode laminar_flow --frames 72 --phi 0,45,90,135 --seed 4
make_yaml flow flow.yaml analysis_mode=static
code=0
exact flow --prior-source yaml || code=$?
check_equal "a static model of data with flow is refused" 1 "$code"
check "because it does not describe them" grep -q "misfit.*does not describe these data" flow.err
summary
