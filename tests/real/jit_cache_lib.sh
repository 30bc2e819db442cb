# shellcheck shell=bash
# The hooks' cache with any Python that has jax, hooked as an instance is. Source after lib.sh.
printf '{"task": "survey", "facts": "%s/facts.json"}\n' "$T" >task.json
# hooked PYTHON ARGUMENT...: HLAUNCH_JIT_CACHE and what else is in the environment hold.
hooked() {
    local python=$1
    shift
    PYTHONPATH=$REPO/src/homodyne/shim HLAUNCH_TASK=$T/task.json JAX_COMPILATION_CACHE_DIR=$T/own TF_CPP_MIN_LOG_LEVEL=3 "$python" "$@"
}
# field FILE NAME
field() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$1" "$2"; }

# two_instances PYTHON NAME: at once, NAME.a.json and NAME.b.json; 0 where both end well.
two_instances() {
    local first code=0
    hooked "$1" "$REPO/tests/real/jit_program.py" >"$2.a.json" 2>"$2.a.err" &
    first=$!
    hooked "$1" "$REPO/tests/real/jit_program.py" worker >"$2.b.json" 2>"$2.b.err" || code=$?
    wait "$first" || code=$?
    return "$code"
}

# cache_checks PYTHON LABEL: cold, warm and torn, two instances at once; one is the main process, one a spawned worker.
cache_checks() {
    local python=$1 label=$2 folder nth=0 entry
    export HLAUNCH_JIT_CACHE=$T/shared-$label
    check "$label: two instances on an empty cache" two_instances "$python" cold
    check_equal "$label: compile down to 0 s, whatever NLSQ and jax set (process, worker)" "0.0 0.0" \
        "$(python3 -c 'import json, sys; print(*(float(json.load(open(p))["floor_s"]) for p in sys.argv[1:]))' cold.a.json cold.b.json)"
    folder=$(field cold.a.json folder)
    check_equal "$label: in one folder" "$folder" "$(field cold.b.json folder)"
    check_equal "$label: which is the shared one" "$HLAUNCH_JIT_CACHE" "$(dirname "$folder")"
    check "$label: with entries" test "$(find "$folder" -name '*.jit' | wc -l)" -ge 10
    check "$label: again, warm" two_instances "$python" warm
    check_equal "$label: nothing is compiled" "0 0" "$(field warm.a.json misses) $(field warm.b.json misses)"
    # Cut to nothing, in the header, in the middle; one byte changed.
    for entry in "$folder"/*.jit; do
        case $((nth++)) in
        0) : >"$entry" ;;
        1) truncate -s 10 "$entry" ;;
        2 | 3) truncate -s "$(($(stat -c %s "$entry") / 2))" "$entry" ;;
        4) printf 'X' | dd of="$entry" bs=1 seek="$(($(stat -c %s "$entry") - 9))" conv=notrunc status=none ;;
        esac
    done
    check_equal "$label: torn entries are listed" 5 "$("$HLAUNCH" cache list --json | python3 -c 'import json, sys; print(sum(k["torn"] for k in json.load(sys.stdin)["keys"]))')"
    check "$label: two instances with torn entries among them" two_instances "$python" torn
    check_equal "$label: none is used, each is found" True "$(python3 -c '
import json
a, b = (json.load(open(f"torn.{i}.json")) for i in "ab")
print(a["torn"] + b["torn"] >= 5 and a["torn"] + a["misses"] + b["torn"] + b["misses"] >= 5 and a["hits"] > 0 and b["hits"] > 0)')"
    check_equal "$label: all are whole again" 0 "$("$HLAUNCH" cache list --json | python3 -c 'import json, sys; print(sum(k["torn"] for k in json.load(sys.stdin)["keys"]))')"
    check_equal "$label: the same numbers cold, warm and torn, in a process and in a worker" 1 \
        "$(for file in cold.a cold.b warm.a warm.b torn.a torn.b; do field $file.json digest; done | sort -u | wc -l)"
}
