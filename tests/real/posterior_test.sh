#!/usr/bin/env bash
# The exact posterior of a small laminar scan with a known truth: the same draws bitwise by two processes and by one, and after SIGKILL;
# files as homodyne's readers expect them; the other counts and priors; what is refused. More ways to die: full/posterior_faults_test.sh.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
make_scan data --mode laminar_flow --frames 56 --phi 0,20,45,90,135,160 --seed 5
make_yaml data config.yaml
exact=(--posterior exact --mode cmc-hpc --config config.yaml --app "$homodyne" --reserve-cores 0 --quiet)
run() { "$HLAUNCH" run "${exact[@]}" "$@" </dev/null; }

refused() { # refused PATTERN OPTION...
    says "${*:2}" 2 "$1" run --output no "${@:2}"
}
says "--mode nlsq" 2 "--mode nlsq makes a fit alone" "$HLAUNCH" run --posterior exact --mode nlsq --config config.yaml --app "$homodyne" --output no
refused "leave --split and --hooks out" --hooks off
refused "leave --split and --hooks out" --split replicas
refused "--ess" --ess 0
says "an array cannot" 2 "use slurm instead of slurm-array" "$HLAUNCH" script slurm-array "${exact[@]}" --no-forecast --nodes 2 --output no

check "two processes, the fit made by the run" run --output whole --per cores:1
exact+=(--nlsq-result whole/nlsq/out)
check_json "merge.json" whole/merged/merge.json
check "homodyne's readers have the draws" "$python" "$real/exact_files.py" whole/merged
says_of() { "$python" -c 'import json, sys; print(eval(sys.argv[2], {"m": json.load(open(sys.argv[1] + "/merged/merge.json"))}))' "$@"; }
check_equal "certified, of two processes" "True 2" "$(says_of whole 'm["passed"], m["exact"]["workers"]' | tr -d '(,)')"

# One process, killed once a round is there; what had ended by then changes nothing.
has_rounds() { [ -n "$(find "$1/posterior/rounds" -name '*.npy' 2>/dev/null)" ]; }
background "$HLAUNCH" run "${exact[@]}" --output cut --per cores:1 --instances 1
check "a round is there" wait_for 300 has_rounds cut
kill -KILL "$BACKGROUND_PID" || :
wait "$BACKGROUND_PID" || :
check "the same command again" run --output cut --per cores:1 --instances 1
check "the same draws as by two processes without a kill, bitwise" same_merged whole cut

check "the YAML's priors, each pair once" run --output once --pairs once --prior-source yaml
check "the truth within 4 sd" "$python" "$real/exact_files.py" once/merged data/truth.json 4
check_equal "what it is of is told" "1 twice" "$(says_of once 'm["exact"]["pairs_counted"], m["exact"]["views"][0]["name"]' | tr -d "(,')")"
check_exit "other pairs are another analysis" 2 run --output once --pairs twice --prior-source yaml
summary
