#!/usr/bin/env bash
# hlaunch tune without a homodyne: the layouts it would measure on other machines, and what it refuses.
. "$(dirname "$0")/../lib.sh"
cd "$T"
mkdir tmp && export TMPDIR=$T/tmp
printf 'analysis_mode: static\n' >config.yaml
dual='pack:2 [numa] core:16 pu:2'
names() { "$HLAUNCH" tune config.yaml --dry-run --json "$@" | python3 -c 'import json, sys; print(*(c["name"] for c in json.load(sys.stdin)["candidates"]))'; }
# says NAME CODE PATTERN ARGUMENT...
says() {
    local name=$1 code=$2 pattern=$3
    shift 3
    check_exit "$name" "$code" "$HLAUNCH" tune "$@"
    check "$name: says why" grep -q -e "$pattern" "$T/check.err"
}

check_equal "two packages" "now machine machine/31 package/15 cores:8 cores:8/7" "$(names --reserve-cores 0 --topology "$dual")"
check_equal "workers given" "now machine cores:8" "$(names --reserve-cores 0 --num-workers 4 --topology "$dual")"
check_equal "four L3" "now machine l3" "$(names --reserve-cores 0 --num-workers 3 --topology 'pack:2 [numa] l3:2 core:4 pu:1')"
check_equal "one CPU" "now" "$(names --topology pu:1)"
check_equal "those named, each layout once" "now machine numa/12" "$(names --candidates numa,machine,numa/12 --reserve-cores 0 --topology "$dual")"
"$HLAUNCH" tune config.yaml --dry-run --json --topology "$dual" >dry.json
check_json "--dry-run --json" dry.json
check "--dry-run tells the number of runs" grep -q "24 short runs after one NLSQ" <("$HLAUNCH" tune config.yaml --dry-run --topology "$dual")
mkdir set && printf '[run]\nper = "machine"\n' >set/hlaunch.toml
check_equal "the layout in force is the settings'" 1 "$(cd set && "$HLAUNCH" tune ../config.yaml --dry-run --json --topology "$dual" | python3 -c 'import json, sys; print(len(json.load(sys.stdin)["candidates"][0]["placements"]))')"

says "another machine" 2 "goes with --dry-run only" config.yaml --app true --topology "$dual"
says "no config" 2 "CONFIG is required"
says "a config that is not there" 2 "No such file" no.yaml --dry-run
says "a cut that is none" 2 "'socket' is unknown" config.yaml --dry-run --candidates socket
says "an empty name" 2 "empty word" config.yaml --dry-run --candidates numa,
says "workers that are none" 2 "number of workers" config.yaml --dry-run --candidates numa/many
says "no rounds" 2 "rounds" config.yaml --rounds 0
says "nothing to compare" 2 "one layout only" config.yaml --app true --per machine --reserve-cores 0 --candidates machine
says "no homodyne" 3 "not on PATH" config.yaml --app no-such-thing --candidates cores:1 --per machine --reserve-cores 0
printf '[run\n' >broken.toml
says "a settings file that is no TOML, before anything runs" 2 "not TOML" config.yaml --app true -o broken.toml --candidates cores:1
check_equal "nothing is left of these" "" "$(ls tmp)"
check "no settings were written" test ! -e hlaunch.toml
summary
