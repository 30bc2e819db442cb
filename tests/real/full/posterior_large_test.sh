#!/usr/bin/env bash
# The exact posterior of 5.7 million points, laminar flow, 23 angles of 500 frames, from the fit of a small scan of the same sample.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/real/posterior_lib.sh
. "$real/posterior_lib.sh"
make_scan small --mode laminar_flow --frames 64 --seed 6 --gamma_dot_t0 2e-4
make_yaml small small.yaml
check "the fit of a small scan" "$HLAUNCH" --mode nlsq --config small.yaml --app "$homodyne" --quiet --output fit
make_scan data --mode laminar_flow --frames 500 --phi "$(seq -s, 0 7.83 173)" --gamma_dot_t0 2e-4 --seed 5
make_yaml data config.yaml

# Of all processes of the posterior together: their proportional share of memory, each second.
peak() {
    "$python" -c '
import glob, sys, time
most = 0
while True:
    now = 0
    for environ in glob.glob("/proc/[0-9]*/environ"):
        try:
            if f"HLAUNCH_RUN_FOLDER={sys.argv[1]}".encode() not in open(environ, "rb").read().split(b"\0"): continue
            if b"/servers/" not in open(environ, "rb").read(): continue
            rollup = open(environ.replace("environ", "smaps_rollup")).read()
            now += int(rollup.split("Pss:")[1].split()[0])
        except OSError: continue
    if now > most:
        most = now
        open(sys.argv[2], "w").write(f"{most / 2**20:.2f}")
    time.sleep(1)' "$T/run" "$T/peak_gib"
}
peak &
watcher=$!
check "the posterior" "$HLAUNCH" run --posterior exact --mode cmc-hpc --config config.yaml --app "$homodyne" --reserve-cores 0 --nlsq-result fit/nlsq/out \
    --accept nlsq --prior-source yaml --quiet --output run
kill "$watcher"
wait "$watcher" 2>/dev/null || :
check "the truth within 3 sd" "$python" "$real/exact_files.py" run/merged data/truth.json 3
says_of run '{k: m["exact"][k] for k in ("certified_by", "k_hat", "effective_draws", "evaluations", "quadratic_evaluations", "seconds", "points", "workers")}' | sed 's/^/# /'
"$python" "$real/exact_files.py" run/merged data/truth.json 99 | sed 's/^/# /'
check "in memory of 3 GiB ($(cat peak_gib) GiB)" "$python" -c 'import sys; sys.exit(not 0 < float(open("peak_gib").read()) < 3)'
summary
