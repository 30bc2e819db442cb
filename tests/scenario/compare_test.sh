#!/usr/bin/env bash
# hlaunch compare without a homodyne: the command lines it would run on other machines, and what it refuses.
. "$(dirname "$0")/../lib.sh"
cd "$T"
mkdir tmp && export TMPDIR=$T/tmp
printf 'analysis_mode: static\noptimization: {mcmc: {num_chains: 4}}\n' >config.yaml
dual='pack:2 [numa] core:16 pu:2'
# says NAME CODE PATTERN ARGUMENT...
says() {
    local name=$1 code=$2 pattern=$3
    shift 3
    check_exit "$name" "$code" "$HLAUNCH" compare "$@"
    check "$name: says why" grep -q -e "$pattern" "$T/check.err"
}
# commands WAY ARGUMENT...: its command lines, one a line.
commands() {
    local way=$1
    shift
    "$HLAUNCH" compare config.yaml --dry-run --json "$@" | python3 -c '
import json, sys
for way in json.load(sys.stdin)["ways"]:
    if way["name"] == sys.argv[1]:
        for command in way["commands"]: print(*command)' "$way"
}

"$HLAUNCH" compare config.yaml --dry-run --json --topology "$dual" >dual.json
"$HLAUNCH" compare config.yaml --dry-run --json --ways hlaunch,unbound >here.json
check_json "--dry-run --json" dual.json here.json
check_equal "unbound: homodyne and nothing else" \
    "homodyne --config DIR/unbound/parts/000/config.yaml --method cmc --nlsq-result DIR/nlsq/nlsq/out --output-dir DIR/unbound/parts/000/out" \
    "$(commands unbound --topology "$dual")"
check_equal "numactl: two nodes, two of four chains each" \
    "numactl --cpunodebind=1 --membind=1 homodyne --config DIR/numactl/parts/001/config.yaml --method cmc --nlsq-result DIR/nlsq/nlsq/out --n-chains 2 --output-dir DIR/numactl/parts/001/out" \
    "$(commands numactl --topology "$dual" | sed -n 2p)"
check_equal "numactl: on four nodes a quarter of the draws" 4 "$(commands numactl --draws 1000 --topology 'pack:2 numa:2 core:8 pu:2' | grep -c -- '--n-samples 250 ')"
check_equal "numactl: one node: the whole of it, on node 0" 1 "$(commands numactl --topology pu:4 | grep -c -e 'cpunodebind=0 .*out$')"
check "hlaunch: is given what was given" grep -q -- "--mode cmc-hpc --per package --reserve-cores 0 --app my.homodyne " \
    <(commands hlaunch --topology "$dual" --mode cmc-hpc --per package --reserve-cores 0 --app my.homodyne)
check "an NLSQ result is named by its whole path" grep -q -e "--nlsq-result $T/n " <(commands unbound --nlsq-result n)
check_equal "the text holds runnable lines" 4 "$("$HLAUNCH" compare config.yaml --dry-run --topology "$dual" | grep -vc '^#')"
check "one NUMA node is said" grep -q "one NUMA node: nothing to gain" <("$HLAUNCH" compare config.yaml --dry-run --topology pu:4)
check_equal "two are not, nor is another machine called virtual" '[]' "$(python3 -c 'import json; print(json.load(open("dual.json"))["caveats"])')"

mkdir bin && ln -s "$(command -v python3)" bin/python3
without=$(PATH=$T/bin "$HLAUNCH" compare config.yaml --dry-run --topology "$dual")
check "no numactl: skipped, with the remedy" grep -q "skipped: numactl is not on PATH; install it" <<<"$without"
check_equal "and no reason to fail" 4 "$(grep -vc '^#' <<<"$without")"

says "another machine" 2 "goes with --dry-run only" config.yaml --app true --topology "$dual"
says "no config" 2 "CONFIG is required"
says "a config that is not there" 2 "No such file" no.yaml --dry-run
says "a way that is none" 2 "'taskset' is no way" config.yaml --dry-run --ways unbound,taskset
says "one way alone" 2 "nothing to compare with" config.yaml --dry-run --ways hlaunch
says "a way twice" 2 "twice" config.yaml --dry-run --ways hlaunch,hlaunch
says "no rounds" 2 "rounds" config.yaml --rounds 0
says "no homodyne" 3 "not on PATH" config.yaml --app no-such-thing
mkdir set && printf '[run]\nsplit = "replicas"\n' >set/hlaunch.toml
cd set
says "replicas in the settings" 2 "leave run.split" ../config.yaml --dry-run
cd ..
check_equal "nothing is left of these" "" "$(ls tmp)"
summary
