#!/usr/bin/env bash
# NLSQ at the sizes of real scans, against the known truth: 30,000 to 1.1 million points, static and laminar flow. Between 100,000
# and a million homodyne returns its start values as converged; the repair of that, and the gate that needs no repair, each alone.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
static=0,30,60,90,120,150 laminar=0,20,45,90,135,160
scan() { # NAME MODE FRAMES PHI SEED KEY=VALUE...
    make_scan "$1" --mode "$2" --frames "$3" --phi "$4" --seed "$5"
    make_sampling_yaml "$1" "$1/config.yaml" 40 40 experimental_data.data_folder_path="$T/$1" \
        experimental_data.file_path="$T/$1/xpcs.h5" optimization.cmc.sharding.num_shards=4 "${@:6}"
}
scan s30k static 72 $static 3
scan s90k static 123 $static 4
scan s240k static 200 $static 5
scan s1100k static 429 $static 6
scan s114k static 170 0,45,90,135 7
scan l30k laminar_flow 72 $laminar 3
scan l90k laminar_flow 123 $laminar 4
scan l240k laminar_flow 200 $laminar 5
scan l1100k laminar_flow 429 $laminar 6
scan l114k laminar_flow 170 0,20,90,135 7
job() { "$HLAUNCH" --app "$homodyne" --quiet "$@" </dev/null; }

echo "data,config,name" >table.csv
for name in [sl]*k; do echo "$name/xpcs.h5,$name/config.yaml,$name" >>table.csv; done
check "a campaign of all sizes" "$HLAUNCH" campaign --table table.csv --mode nlsq --plots none --output campaign --app "$homodyne" \
    --reserve-cores 0 --quiet
"$python" "$real/ladder_table.py" campaign && code=0 || code=$?
check_equal "its fits are within 4 standard errors of the truth" 0 "$code"

# In the window: --mode nlsq, and the main job with CMC up to where it samples.
warnings() { "$python" -c 'import json, sys; print(*json.load(open(sys.argv[1]))["warnings"])' "$1/merged/merge.json"; }
started_sampling() { grep -q '"event":"start".*"stage":"cmc"' "$1/journal.jsonl"; }
for mode in s l; do
    check "--mode nlsq, ${mode}114k" job --mode nlsq --config ${mode}114k/config.yaml --output nlsq-$mode
    check "its fit is within 4 standard errors of the truth" "$python" "$real/pulls.py" nlsq-$mode/merged/nlsq/parameters.json ${mode}114k/truth.json
    check "merge.json tells of the repair" grep -q "stratification.enabled is set to false" <(warnings nlsq-$mode)
    background "$HLAUNCH" --app "$homodyne" --quiet --mode cmc --config ${mode}114k/config.yaml --output main-$mode --grace 5
    check "the main job comes to its sampling" wait_for 600 started_sampling main-$mode
    kill -INT "$BACKGROUND_PID"
    wait "$BACKGROUND_PID" || :
    check "on a fit within 4 standard errors of the truth" "$python" "$real/pulls.py" main-$mode/nlsq/out/nlsq/parameters.json ${mode}114k/truth.json
done
# Laminar flow without the repair is refused in the campaign below.
code=0
job --mode cmc --config s114k/config.yaml --output kept-s --keep-stratification 2>kept.err || code=$?
check_equal "without the repair the gate alone refuses it" 1 "$code"
check "with its reasons and the remedy" grep -q "at the start values; the model explains the data better elsewhere.*likely not optimized; leave --keep-stratification out" kept.err
check "nothing was built on it" test ! -e kept-s/parts
code=0
job --mode cmc --config s114k/config.yaml --output given-s --nlsq-result kept-s/nlsq/out 2>given.err || code=$?
check_equal "nor is it taken from others" 2 "$code"
check "the refusal names the file and the way out" grep -q -e "--nlsq-result .*/parameters.json is no fit of these data.*leave --nlsq-result out" given.err
check "before anything is started" test ! -e given-s/parts -a ! -e given-s/nlsq
check "and passes where it is accepted, which is recorded" job --mode nlsq --config s114k/config.yaml --output accepted --keep-stratification --accept nlsq
check "with what is wrong" grep -q "at the start values" <(warnings accepted)
check_exit "a fit of another scan is none of these data" 2 job --mode cmc --config l30k/config.yaml --output other --nlsq-result nlsq-l/nlsq/out
check_exit "a fit of another model neither" 2 job --mode cmc --config l30k/config.yaml --output other --nlsq-result nlsq-s/nlsq/out
check "says so" grep -q "it has no gamma_dot_t0.*no fit of laminar_flow" check.err

grep -e data, -e 114k table.csv >window.csv
check_exit "a campaign without the repair" 1 "$HLAUNCH" campaign --table window.csv --mode nlsq --plots none \
    --output campaign-kept --app "$homodyne" --keep-stratification --quiet
check_equal "has no fit" 2 "$(grep -c ',failed,not-converged,.*at the start values' campaign-kept/table.csv)"

# Told by plan and check; the YAML itself repaired by check --fix, and right then.
plan() { "$HLAUNCH" plan --mode nlsq --config "$1" --app "$homodyne" 2>/dev/null </dev/null; }
check "plan tells of the repair" grep -q "stratification.enabled is set to false.*114244 points" <(plan s114k/config.yaml)
cp s114k/config.yaml fixed.yaml
"$HLAUNCH" check fixed.yaml --mode nlsq --app "$homodyne" --fix >check.txt 2>&1 </dev/null || :
check "check --fix writes it" grep -A3 "stratification:" fixed.yaml
check "and nothing is left to repair" bash -c '! grep -q "stratification.enabled is set" <<<"$1"' _ "$(plan fixed.yaml)"
make_yaml s30k forced.yaml optimization.stratification.enabled=true
check "stratification that the YAML forces on small data is repaired, too" grep -q "enabled is set to false.*30246 points" <(plan forced.yaml)
make_scan one --frames 1002 --phi 0 --seed 8
make_yaml one one.yaml
check "one angle of a million points, which homodyne would not stratify, is" grep -q "enabled is set to true.*1002001 points" <(plan one.yaml)
summary
