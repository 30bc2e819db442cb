#!/usr/bin/env bash
# Every JSON that hlaunch prints or writes is what docs/schemas says.
. "$(dirname "$0")/../lib.sh"
cd "$T"
number=0
for machine in "" "pu:1" "pack:2 [numa] core:16 pu:2" "pack:4 group:20 [numa] core:2 pu:1" "$REPO"/tests/data/topologies/*.xml; do
    for per in auto l3 cores:1; do
        for command in topo plan config-xla; do
            number=$((number + 1))
            "$HLAUNCH" $command --json --per $per ${machine:+--topology "$machine"} >$command-$number.json 2>/dev/null
        done
    done
done
check_json "topo" topo-*.json
check_json "plan" plan-*.json
check_json "config-xla" config-xla-*.json
"$HLAUNCH" estimate --points 1000000 --parameters 9 --json --topology 'pack:2 [numa(memory=64GB)] core:16 pu:2' >estimate.json
check_json "estimate" estimate.json

"$HLAUNCH" run --per cores:1 --output out --json -- sleep 3 >command.json 2>/dev/null
check_json "run -- CMD" command.json
check_json "its plan" out/plan.json
check_json "proof.json" out/parts/*/proof.json

fixtures=$REPO/tests/data/fixtures
"$HLAUNCH" merge "$fixtures/A_l" "$fixtures/B_l" --kind disjoint --priors tempered --config "$fixtures/configs/A_l.yaml" \
    --config "$fixtures/configs/B_l.yaml" --output merged >/dev/null
check_json "merge.json" merged/merge.json
"$HLAUNCH" merge "$fixtures/out_cmc_default_diverged" "$fixtures/A_l" --kind replicas --output refused >/dev/null 2>&1 || :
[ ! -e refused/merge.json ] || check_json "merge.json of a refused merge" refused/merge.json

printf '{"format": "hlaunch-plan", "version": 2}' >wrong.json
verdict=$( (check_json "a wrong one" wrong.json) 2>/dev/null || :)
case $verdict in
ok*) fail "the check can fail" "$verdict" ;;
*) pass "the check can fail" ;;
esac
summary
