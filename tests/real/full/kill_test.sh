#!/usr/bin/env bash
# The real homodyne killed in mid-sampling, by SIGKILL: hlaunch, an instance, a worker. Nothing is left, only the missing
# shards are drawn again, and all draws and the merged ones are bitwise those of an undisturbed run.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/../lib.sh"
make_reference_scan data
make_sampling_yaml data config.yaml 70 50 optimization.cmc.sharding.num_shards=4
export HLAUNCH_JIT_CACHE=$T/jit
run() {
    "$HLAUNCH" --mode cmc --config config.yaml --app "$homodyne" --per cores:1 --accept ess --accept r-hat --accept divergences \
        --grace 5 --quiet "$@" </dev/null
}
check "an undisturbed run" run --output whole
nlsq=(--nlsq-result whole/nlsq/out)

captured() { find "$1/parts" -name '0*.npz' -printf '%f\n' | sort; }
# sampling DIR: a shard is there, and others are still being drawn
sampling() { [ "$(captured "$1" | wc -l)" -ge 1 ] && [ -n "$(workers "$1")" ]; }
# Of this run alone: instances are homodyne with its folder in its arguments, workers their spawned children.
instances() { pgrep -f -- "homodyne.*$T/$1/part[s]" || :; }
workers() {
    local pid
    for pid in $(instances "$1"); do pgrep -P "$pid" -f 'spawn_main' || :; done
}
# That draw a second shard: they were started after a first one was captured. A worker whose shard is captured may still be there
# for a moment, and to kill it hurts nobody.
later_workers() {
    local pid first
    first=$(find "$1/parts" -name '0*.npz' -printf '%T@\n' | sort -n | head -n 1)
    for pid in $(workers "$1"); do
        if [ $(($(date +%s) - $(ps -o etimes= -p "$pid" || echo 1000000))) -gt "${first%.*}" ]; then echo "$pid"; fi
    done
}
hlaunch_of() { "$python" -c 'import json, sys; print(json.load(open(sys.argv[1]))["pid"])' "$1/status.json"; }
prefix_of() { sed -n 's/.*"shm_prefix": "\(hl-[0-9a-f]*-\).*/\1/p' "$1/parts/000/task.json"; }
temporaries() { find /dev/shm "${TMPDIR:-/tmp}" -maxdepth 1 -name "*$(prefix_of "$1")*"; }
nothing_is_left() { [ -z "$(instances "$1")" ] && [ -z "$(temporaries "$1")" ]; }
is_there() { [ -n "$("${@:2}" "$1")" ]; } # RUN PIDS_COMMAND
kill_and_resume() { # NAME WHO PIDS_COMMAND
    local name=$1 who=$2 pids before after
    shift 2
    background "$HLAUNCH" --mode cmc --config config.yaml --app "$homodyne" --per cores:1 --accept ess --accept r-hat \
        --accept divergences --grace 5 --quiet --retries 0 --output "$name" "${nlsq[@]}"
    local pid=$BACKGROUND_PID code=0
    check "$who: sampling goes on" wait_for 600 sampling "$name"
    check "$who: it is there" wait_for 60 is_there "$name" "$@"
    pids=$("$@" "$name" | head -n 1)
    before=$(captured "$name")
    kill -KILL "$pids"
    wait "$pid" || code=$?
    check "$who killed: hlaunch ends, not well (exit $code)" test "$code" -ne 0
    check "$who killed: no process, shared memory or temporary folder is left" wait_for 30 nothing_is_left "$name"
    after=$(captured "$name")
    check "$who killed: not all shards were there" test "$(wc -l <<<"$after")" -lt 4
    echo "# captured before the kill: $(xargs <<<"$before"); at the end: $(xargs <<<"$after")"
    shard_files "$name/parts" >kept
    # As a kill of everything at once would leave it: the same names at each start let the next one find it.
    mkdir -p "${TMPDIR:-/tmp}/$(prefix_of "$name")999/x"
    echo x >"/dev/shm/$(prefix_of "$name")999-x"
    check "$who killed: the same command again does the rest" run --output "$name" "${nlsq[@]}"
    check_equal "$who killed: nothing is left after it, of former starts neither" "" "$(temporaries "$name")"
    check_equal "$who killed: what was captured is the same file, not drawn again" "$(cat kept)" \
        "$(shard_files "$name/parts" kept)"
    check "$who killed: the draws of all shards, bitwise" "$python" "$real/compare_shards.py" whole "$name"
    check "$who killed: the merged draws, bitwise" same_merged whole "$name"
}
kill_and_resume supervisor hlaunch hlaunch_of
kill_and_resume instance "an instance" instances
kill_and_resume worker "a worker" later_workers

# With its default of one retry a run survives the death of a worker by itself.
background "$HLAUNCH" --mode cmc --config config.yaml --app "$homodyne" --per cores:1 --accept ess --accept r-hat --accept divergences --grace 5 --quiet --output retried "${nlsq[@]}"
pid=$BACKGROUND_PID code=0
check "sampling goes on" wait_for 600 sampling retried
check "a worker of it is there" wait_for 60 is_there retried later_workers
kill -KILL "$(later_workers retried | head -n 1)"
wait "$pid" || code=$?
check_equal "a worker killed: tried again by itself, exit code" 0 "$code"
check "the draws of all shards, bitwise" "$python" "$real/compare_shards.py" whole retried
summary
