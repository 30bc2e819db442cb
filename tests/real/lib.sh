# shellcheck shell=bash
# What the tests on the real homodyne share. Source it instead of ../lib.sh; it leaves the test in its own folder.
# Given besides: python (with homodyne), homodyne (the program), real (this folder).
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
[ -n "$HOMODYNE_VENV" ] || { skip "${0##*/}" "no environment with homodyne (HOMODYNE_VENV)"; summary; }
# shellcheck disable=SC2034
python=$HOMODYNE_VENV/bin/python homodyne=$HOMODYNE_VENV/bin/homodyne real=$REPO/tests/real
export PYTHONDONTWRITEBYTECODE=1
cd "$T"

# make_scan FOLDER OPTION...: xpcs.h5 and truth.json in it.
make_scan() {
    mkdir -p "$1"
    "$python" "$REPO/examples/make_xpcs.py" "$@" >/dev/null
}

# make_yaml DATA CONFIG KEY=VALUE...: from homodyne-config's template, which takes a start of homodyne: once for all tests of a run.
make_yaml() { "$python" "$REPO/examples/make_config.py" --templates "${TESTS_TEMPLATES:-$T}" "$@"; }

# The scan on which figures are compared: static, 8 angles, 72 frames, 39,760 points as homodyne counts them.
make_reference_scan() { make_scan "$1" --frames 72 --phi 0,22.5,45,67.5,90,112.5,135,157.5 --seed 3; }

# make_sampling_yaml DATA CONFIG WARMUP DRAWS KEY=VALUE...: two chains. homodyne takes these from optimization.mcmc, over
# per_shard_mcmc.
make_sampling_yaml() {
    make_yaml "$1" "$2" optimization.mcmc.num_warmup="$3" optimization.mcmc.num_samples="$4" optimization.mcmc.num_chains=2 "${@:5}"
}

# make_cluster_analysis: data and config.yaml of four small shards, and in `analysis` the options of a run that workers on
# several nodes can share; convergence is waived, what counts there is that draws are the same.
make_cluster_analysis() {
    make_scan data --frames 64 --phi 0,30,60,90,120,150 --seed 3
    make_sampling_yaml data config.yaml 60 40 optimization.cmc.sharding.num_shards=4
    # shellcheck disable=SC2034
    analysis=(--config config.yaml --mode cmc --app "$homodyne" --per machine --reserve-cores 0 --accept ess --accept r-hat
        --accept divergences --num-workers 1)
}

# shards FOLDER...: names of those below, on a line; one that was drawn twice stands there twice.
shards() { find "$@" -name '0*.npz' -printf '%f\n' | sort | xargs; }

# shard_files FOLDER: a line each with name, inode and time, which tell one that was drawn again from the same file.
# shard_files FOLDER KEPT: only those that were in KEPT, an earlier list.
shard_files() { find "$1" -name '0*.npz' -printf '%f %i %T@\n' | sort | grep -F "$([ $# = 1 ] || cut -d' ' -f1 "$2")" || :; }

# hold PID...: these and all below them stand still. A worker of homodyne takes its next shard by itself: its parent alone is not enough.
hold() {
    local pid
    for pid in "$@"; do
        kill -STOP "$pid" 2>/dev/null || continue
        # shellcheck disable=SC2046
        hold $(pgrep -P "$pid" || :)
    done
}

# same_merged FOLDER FOLDER: the merged draws of two runs, bitwise.
same_merged() { "$python" "$real/same_draws.py" "$1/merged/cmc/samples.npz" "$2/merged/cmc/samples.npz"; }

# shm_left FOLDER: what the runs in it left in /dev/shm; of others something may be there (killed whole, they keep it until they are
# started again). Without a run's prefix in the folder nobody's may.
shm_left() {
    local prefix prefixes
    prefixes=$(grep -rhoE --include=task.json 'hl-[0-9a-f]{12}-' "$1" | sort -u)
    for prefix in ${prefixes:-hl-}; do find /dev/shm -name "$prefix*" -o -name "sem.$prefix*"; done
}

# check_table NAME COMMAND...: passes when the command succeeds; what it prints is shown in any case, and its errors are why it fails.
check_table() {
    local name=$1
    shift
    if "$@" >table.txt 2>table.err; then pass "$name"; else fail "$name" "$(cat table.err)"; fi
    sed 's/^/# /' table.txt
}
