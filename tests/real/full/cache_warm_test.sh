#!/usr/bin/env bash
# hlaunch cache warm with the real homodyne: it draws nothing, leaves nothing, and the run after it finds its samplers and draws
# what a run that compiles them draws.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/../lib.sh"
make_scan data --frames 48 --phi 0,60,120 --seed 3
make_sampling_yaml data config.yaml 10 10 optimization.cmc.sharding.num_shards=2
export HLAUNCH_JIT_CACHE=$T/jit TMPDIR=$T/tmp
mkdir tmp
job=(--mode cmc --app "$homodyne" --per cores:1 --instances 1)
run() {
    "$HLAUNCH" --config config.yaml "${job[@]}" --accept nlsq --accept ess --accept r-hat --accept divergences --accept tension "$@" </dev/null
}
said() { "$python" -c 'import json, sys; w = json.load(open(sys.argv[1])); s = w["samplers"]; print(w["entries_added"] > 0, s["compiled"], s["found"], s["not_kept"])' "$1"; }
entries() { find jit -name '*.jit' | sort; }
# The sampler is the largest program by far.
largest() { find jit -name '*.jit' -size +150k | sort; }

before=$(find . -path ./tmp -prune -o -path ./jit -prune -o -type f -print | sort)
check "warm" "$HLAUNCH" cache warm config.yaml "${job[@]}" --json --quiet
"$HLAUNCH" cache warm config.yaml "${job[@]}" --json --quiet >again.json
rm -rf jit
"$HLAUNCH" cache warm config.yaml "${job[@]}" --json --quiet >first.json
check_json "--json is what docs/schemas says" first.json again.json
check_equal "compiles the samplers of both shards" "True 2 0 0" "$(said first.json)"
check_equal "and finds them the second time" "False 0 2 0" "$(said again.json)"
# homodyne's reader writes wavevector_q_list.txt beside the data, whoever starts it.
check_equal "it leaves nothing but the cache" "$before" \
    "$(find . -path ./tmp -prune -o -path ./jit -prune -o -type f ! -name first.json ! -name again.json ! -name 'check.*' ! -name wavevector_q_list.txt -print | sort)"
check_equal "nor in the temporary folder" "" "$(ls tmp)"
check_equal "no shared memory is left" "" "$(shm_left .)"

warm=$(largest) count=$(entries | wc -l)
check "there are large entries" test "$(wc -l <<<"$warm")" -ge 2
run --output after >after.out 2>after.err || :
check_equal "the run compiles no sampler" "$warm" "$(largest)"
printf '# entries after warm %s, after the run %s\n' "$count" "$(entries | wc -l)"
run --jit-cache private --nlsq-result after/nlsq/out --output cold >cold.out 2>cold.err || :
check "and draws what a run without it draws, bitwise" "$python" "$real/compare_shards.py" after cold

# Stopped while it compiles.
rm -rf jit
background "$HLAUNCH" cache warm config.yaml "${job[@]}" --quiet --nlsq-result after/nlsq/out
warm_pid=$BACKGROUND_PID
part_is_there() { compgen -G "$T/tmp/hlaunch-warm-*/parts/000/stderr.log"; }
check "it comes to the samplers" wait_for 300 part_is_there
kill -INT "$warm_pid"
code=0
wait "$warm_pid" || code=$?
check_equal "Ctrl-C: exit code 128 + SIGINT" 130 "$code"
check_equal "leaves nothing" "" "$(ls tmp)"

# homodyne that ends otherwise.
printf '#!/bin/sh\ncase "$*" in *cmc*) echo "Error: gone" >&2; exit 4 ;; esac\nexec %q "$@"\n' "$homodyne" >app && chmod +x app
job[3]=$T/app
check_exit "an instance that ends before" 1 "$HLAUNCH" cache warm config.yaml "${job[@]}" --quiet --nlsq-result after/nlsq/out
check "is named with its last words" grep -q "part 000 ended with exit code 4 before all its samplers were compiled: Error: gone" check.err
summary
