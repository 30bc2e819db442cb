#!/usr/bin/env bash
# --profile on the real homodyne leaves what a reader opens and changes no draw; tracemalloc's figure; measured peak beside
# the forecast, and what is learned from it.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/../lib.sh"
make_scan data --frames 48 --phi 0,60,120 --seed 3
make_sampling_yaml data config.yaml 10 10 optimization.cmc.sharding.num_shards=2
run() {
    "$HLAUNCH" --mode cmc --config config.yaml --app "$homodyne" --per machine --accept nlsq --accept ess --accept r-hat \
        --accept divergences --accept tension "$@" </dev/null
}
run --output plain >plain.out 2>plain.err || :
check "a plain run draws its shards" test "$(find plain/parts -name '0*.npz' | wc -l)" = 2
run --output profiled --profile --nlsq-result plain/nlsq/out >profiled.out 2>profiled.err || :
check "the same draws with the profiler, bitwise" "$python" "$real/compare_shards.py" plain profiled
"$HLAUNCH" --mode nlsq --config config.yaml --app "$homodyne" --per machine --accept nlsq --profile --tracemalloc --output nlsq </dev/null >nlsq.out 2>nlsq.err || :

read_traces() { "$python" - "$1" <<'P'
import pathlib, sys
from jax.profiler import ProfileData
traces = sorted(pathlib.Path(sys.argv[1]).glob("**/plugins/profile/*/*.xplane.pb"))
assert traces, "no trace"
for trace in traces:
    events = sum(1 for plane in ProfileData.from_file(str(trace)).planes for line in plane.lines for _ in line.events)
    assert events > 100, (trace, events)
    print(trace, trace.stat().st_size, "bytes", events, "events")
P
}
check "JAX's reader opens the traces of the workers" read_traces profiled/parts/000/profile
check "and that of NLSQ" read_traces nlsq/nlsq/profile
check "the end lines say how to open them" grep -q "tensorboard --logdir .*/profiled/parts/000/profile" profiled.err

# TensorBoard itself, by the command that was said, in an environment of its own: its profile plugin reads with code of its own.
install_tensorboard() {
    local wanted=(tensorboard==2.21.0 xprof==2.24.2) uv
    "$python" -m venv --without-pip tensorboard || return 1
    uv=$(command -v "$HOMODYNE_VENV/bin/uv" uv | head -n 1)
    [ -n "$uv" ] && "$uv" pip install -q --only-binary :all: -p tensorboard/bin/python "${wanted[@]}"
}
cp -r nlsq/nlsq/profile torn
if install_tensorboard >tensorboard.log 2>&1; then
    for log in profiled.err nlsq.err; do
        if shown=$("$python" "$real/tensorboard_opens.py" tensorboard/bin "$log" 2>"$log.why"); then
            pass "TensorBoard opens all that $log names"
            printf '%s\n' "$shown"
        else
            fail "TensorBoard opens all that $log names" "$(tail -n 3 "$log.why")"
        fi
    done
    find torn -name '*.xplane.pb' -exec truncate -s 1000 {} +
    sed "s|--logdir [^ ]*|--logdir $T/torn|" nlsq.err >torn.err
    check "but no torn one" bash -c '! "$@"' _ "$python" "$real/tensorboard_opens.py" tensorboard/bin torn.err
else
    skip "TensorBoard opens the traces" "it cannot be installed: $(tail -n 1 tensorboard.log)"
fi

check "the end lines say the tracemalloc figure" grep -q "Python itself allocated at most [0-9.]* [KMG]iB in one of" nlsq.err
check_equal "which is that of a process with JAX in it" "True" "$("$python" -c '
import json
print(max(p["peak_bytes"] for p in json.load(open("nlsq/nlsq/tracemalloc.json"))["processes"]) > 1e7)')"
check_json "memory.json and tracemalloc.json are what docs/schemas says" plain/memory.json nlsq/nlsq/tracemalloc.json

check "forecast against measured peak after the run" grep -qE "part 000: memory at most [0-9.]+ [MG]iB, forecast [0-9.]+ [MG]iB" plain.err
check_equal "which are near each other" "True True" "$("$python" -c '
import json
print(*(0.3 < i["peak_bytes"] / i["forecast_bytes"] < 2.0 for i in json.load(open("plain/memory.json"))["instances"]))')"
check_equal "a profiled run teaches nothing" "1 1" "$("$python" -c '
import json
machine, = json.load(open("state/hlaunch/memory.json"))["machines"].values()
print(*map(len, machine.values()))')"

# What three such runs taught.
"$python" - <<'P'
import json
history = json.load(open("state/hlaunch/memory.json"))
for machine in history["machines"].values():
    for key in machine:
        machine[key] = [1.25, 1.5, 1.1]
json.dump(history, open("state/hlaunch/memory.json", "w"))
P
plan() { "$HLAUNCH" plan --mode cmc --config config.yaml --app "$homodyne" --per machine --json "$@" </dev/null; }
plan >learned.json
plan --no-learned >formula.json
check_equal "the next plan has learned, and says so" "1.5 2 0" "$("$python" -c '
import json
learned, formula = (json.load(open(f)) for f in ("learned.json", "formula.json"))
said = [sum("x 1.50 learned from 3 runs" in r for r in p["reasons"]) for p in (learned, formula)]
print(round(learned["parts"][0]["memory_bytes"] / formula["parts"][0]["memory_bytes"], 3), *said)')"
echo 'no json {' >state/hlaunch/memory.json
check "a broken history is none" plan
summary
