# shellcheck shell=bash disable=SC2154 # python, homodyne and real are of lib.sh
# What the tests of posteriors share. Source after lib.sh.

# exact_scan: a small laminar scan with a known truth in data/, its config, and exact=(), the options of its analysis.
exact_scan() {
    make_scan data --mode laminar_flow --frames 72 --phi 0,20,45,90,135,160 --seed 3
    make_yaml data config.yaml
    exact=(--posterior exact --mode cmc-hpc --config config.yaml --app "$homodyne" --reserve-cores 0 --quiet)
}
run_exact() { "$HLAUNCH" run "${exact[@]}" "$@" </dev/null; }
# exact_of NAME OPTION...: the exact posterior of NAME.yaml, in NAME-run. exact: the same, its output in NAME.out and NAME.err.
exact_of() {
    "$HLAUNCH" run --posterior exact --mode cmc-hpc --config "$1.yaml" --app "$homodyne" --reserve-cores 0 --output "$1-run" "${@:2}" </dev/null
}
exact() { exact_of "$@" >"$1.out" 2>"$1.err"; }
# says_of FOLDER EXPRESSION: of its merge.json, m.
says_of() { "$python" -c 'import json, sys; print(eval(sys.argv[2], {"m": json.load(open(sys.argv[1] + "/merged/merge.json"))}))' "$@"; }

# exact_refusals: what no exact posterior can be had of, before anything is started.
exact_refusals() {
    says "--mode nlsq" 2 "--mode nlsq makes a fit alone" "$HLAUNCH" run --posterior exact --mode nlsq --config config.yaml --app "$homodyne" --output no
    says "--hooks off" 2 "leave --split and --hooks out" run_exact --output no --hooks off
    says "--split replicas" 2 "leave --split and --hooks out" run_exact --output no --split replicas
    says "--ess 0" 2 "--ess" run_exact --output no --ess 0
    says "an array cannot" 2 "use slurm instead of slurm-array" "$HLAUNCH" script slurm-array "${exact[@]}" --no-forecast --nodes 2 --output no
}

# exact_whole: the run that others are compared with, by two processes; its fit is theirs.
exact_whole() {
    check "two processes, the fit made by the run" run_exact --output whole --per cores:1
    exact+=(--nlsq-result whole/nlsq/out)
    check_json "merge.json" whole/merged/merge.json
    check "homodyne's readers have the draws" "$python" "$real/exact_files.py" whole/merged
    check_equal "certified, of two processes" "True 2" "$(says_of whole 'm["passed"], m["exact"]["workers"]' | tr -d '(,)')"
}

# exact_once: under other priors and counts.
exact_once() {
    check "the YAML's priors, each pair once" run_exact --output once --pairs once --prior-source yaml
    check "the truth within 4 sd" "$python" "$real/exact_files.py" once/merged data/truth.json 4
    check_equal "what it is of is told" "1 twice" "$(says_of once 'm["exact"]["pairs_counted"], m["exact"]["views"][0]["name"]' | tr -d "(,')")"
    check_exit "other pairs are another analysis" 2 run_exact --output once --pairs twice --prior-source yaml
}

# auto_scan: a small static scan of two shards, to be certified.
auto_scan() {
    export HLAUNCH_POSTERIOR=auto
    make_scan data --frames 32 --phi 0,45,90,135 --seed 3
    auto_yaml config.yaml 150 250
}
auto_yaml() { # CONFIG WARMUP DRAWS
    make_sampling_yaml data "$@" optimization.cmc.sharding.num_shards=2 optimization.cmc.validation.use_nlsq_informed_priors=false
}
run_auto() { # CONFIG OPTION...
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
# same_answer FOLDER FOLDER: two merges, within their Monte Carlo error.
same_answer() {
    "$python" -c '
import json, sys
a, b = ({p["name"]: p for p in json.load(open(f + "/merge.json"))["parameters"]} for f in sys.argv[1:])
for name in a.keys() & b.keys():
    assert abs(a[name]["mean"] - b[name]["mean"]) < 0.2 * a[name]["sd"] and abs(a[name]["sd"] / b[name]["sd"] - 1) < 0.15, name' "$@"
}
