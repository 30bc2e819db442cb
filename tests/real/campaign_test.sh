#!/usr/bin/env bash
# Campaigns with the real homodyne: the same files as its command line writes; 12 scans x 2 q with a truth that depends on q; bad
# scans named; what dies is told, and run again when asked; added scans run alone.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
mkdir scans
for i in $(seq -w 12); do
    make_scan made --frames 48 --phi 0,60,120 --q 0.0054,0.0066 --D0-by-q 28000,22000 --seed "$i"
    mv made/xpcs.h5 "scans/night$i.h5"
done
make_yaml made config.yaml analyzer_parameters.end_frame=48
app=(--app "$homodyne" --reserve-cores 0)
campaign() { "$HLAUNCH" campaign --config config.yaml "${app[@]}" "$@"; }
# ended NAME CODE OPTION...: a campaign with that exit code; its words are in `words`.
ended() {
    local name=$1 want=$2 code=0
    shift 2
    campaign "$@" >words 2>&1 </dev/null || code=$?
    check_equal "$name" "exit $want" "exit $code"
}
rows() { "$python" -c 'import csv, sys; [print(*(r[c] for c in sys.argv[2:])) for r in csv.DictReader(open(sys.argv[1]))]' "$@"; }
starts() { grep -c '"event":"start".*"stage":"fit"' "$1/journal.jsonl" || :; }

# One process for both, so that the second is a warm one.
check "two scans one after the other" campaign --data scans/night01.h5 scans/night02.h5 --instances 1 --output same
check_equal "in one process" 1 "$(cat same/scans/*/nlsq/task.json >/dev/null; find same/servers -name task.json | wc -l)"
check "whose compiled code is bounded, by an eighth of its memory at most" "$python" -c '
import json, sys
task = json.load(open(sys.argv[1]))
assert 0 < task["most_compiled_bytes"] <= min(1 << 30, task["placement"]["memory_bytes"] // 8), task' "$(find same/servers -name task.json)"
# The second, which a warm process made. In a folder of its own: homodyne's cache beside the data would answer with the scan before.
mkdir cli
cp scans/night02.h5 cli
sed "s#xpcs.h5#night02.h5#; s#\./made/#./#" config.yaml >cli/config.yaml
# Its processes that draw have 210 s to start and to end, and a picture is missing where a loaded machine needs longer: here they have all.
check "the command line on the second scan" bash -c 'cd cli && "$1" -c "
import multiprocessing.pool as pool
get = pool.AsyncResult.get
pool.AsyncResult.get = lambda result, timeout=None: get(result)
from homodyne.cli.main import main
main()" --config config.yaml --method nlsq --output-dir out' _ "$python"
check "the same files, pictures included" "$python" "$real/same_outputs.py" cli/out same/scans/night02_*/nlsq/out
check_equal "three heatmaps of three angles" 3 "$(find same/scans/night02_* -name 'c2_heatmaps*.png' | wc -l)"

# Twelve scans, two of them broken, and other slips of the hand.
head -c 20000 scans/night05.h5 >t && mv t scans/night05.h5
echo "no HDF5" >scans/night11.h5
ended "12 scans x 2 q" 1 --data 'scans/*.h5' --q 0.0054,0.0066 --plots none --output c
cp words c.err
check_equal "the broken ones are named" "night05_q0.0054 night05_q0.0066 night11_q0.0054 night11_q0.0066" \
    "$(rows c/table.csv name status | sed -n 's/_[0-9a-f]* bad-input$//p' | sort | xargs)"
check "all of them before the long part, with why" grep -q '4 of 24 scans cannot be analysed, the others go on' c.err
check_equal "20 are done" 20 "$(rows c/table.csv status | grep -c 'done')"
check_json "table.json is what docs/schemas says" c/table.json
check "D0(q) is right within its errors, and so is alpha(q)" "$python" - <<'P'
import json
means = {(round(m["q_per_angstrom"], 6), m["parameter"]): m for m in json.load(open("c/table.json"))["weighted_means"]}
truth = {(0.0054, "D0"): 28000, (0.0066, "D0"): 22000, (0.0054, "alpha"): -0.45, (0.0066, "alpha"): -0.45}
for key, value in truth.items():
    m = means[key]
    z = (m["mean"] - value) / m["scaled_sd"]
    print(key, m["mean"], m["scaled_sd"], "Birge", m["birge_ratio"], "z", z)
    assert m["scans"] == 10 and abs(z) < 4, (key, z)
    # homodyne counts each pair of frames twice: its sds are sqrt(2) too small.
    assert 0.9 < m["birge_ratio"] < 2.0, m
P
check "a picture of each" test -s c/pictures/D0.svg -a -s c/pictures/alpha.svg
before=$(starts c)
ended "the same command again runs nothing" 1 --data 'scans/*.h5' --q 0.0054,0.0066 --plots none --output c
check_equal "not even one" "$before" "$(starts c)"
make_scan made --frames 48 --phi 0,60,120 --q 0.0054,0.0066 --D0-by-q 28000,22000 --seed 99
cp made/xpcs.h5 scans/night13.h5
ended "an added scan" 1 --data 'scans/*.h5' --q 0.0054,0.0066 --plots none --output c
check_equal "runs alone" $((before + 2)) "$(starts c)"
check "status knows the scans by name" bash -c '"$1" status c | grep -q "night13_q0.0066_.* done"' _ "$HLAUNCH"
check "and so do the logs" bash -c '"$1" logs c "$(basename c/scans/night13_q0.0066_*)" | grep -q "completed successfully"' _ "$HLAUNCH"
ended "--strict starts nothing" 2 --data 'scans/*.h5' --plots none --strict --output strict
check_equal "nothing at all" 0 "$(starts strict)"

cp scans/night01.h5 copy.h5
mkdir folder
: >empty.h5
ended "other slips" 2 --data scans/night05.h5 folder empty.h5 nowhere.h5 --output slips
check_equal "each with its reason" 4 "$(grep -cE '^  [a-z0-9_]+  (unreadable|bad-data): .*(folder|empty|No such file|night05.h5: )' words)"
ended "a q that is not in the data" 1 --data scans/night01.h5 copy.h5 --q 0.0054,0.02 --plots none --output c2
check "is told with the nearest" grep -q 'no q near 0.02 1/A; the nearest is 0.0066' words
check "and a copy under another name" grep -q 'copy.h5 holds the same data as scan night01' words
ended "a pattern that matches nothing" 2 --data 'scnas/*.h5' --output no
check "is told" grep -q 'no file is named by scnas' words

server() { pgrep -f "$homodyne" | while read -r pid; do if grep -qzs "HLAUNCH_TASK=$T/$1/servers/" "/proc/$pid/environ"; then echo "$pid"; fi; done; }
# held FOLDER: its process stands still in the middle of a fit, however fast the machine is.
held() {
    local pid
    pid=$(server "$1" | head -n 1)
    [ -n "$pid" ] && kill -STOP "$pid" || return 1
    if [ "$(starts "$1")" -gt "$(grep -c '"event":"end".*"stage":"fit"' "$1/journal.jsonl" || :)" ]; then return 0; fi
    kill -CONT "$pid"
    return 1
}

# A table with labels; looked at alone, then stopped from another shell and gone on with.
printf 'data,q,T_K,name\nscans/night01.h5,0.0054,293,cold\nscans/night02.h5,,"300, warm",\n' >table.csv
ended "--check-only" 0 --table table.csv --check-only --output t
check_equal "tells what is in the scans" "cold q 0.0054 1/A, 3 angles" "$(sed -n 's/^\(cold\)  \(q 0.0054 1.A, 3 angles\), .*/\1 \2/p' words)"
check_equal "and fits none" 0 "$(starts t)"
"$HLAUNCH" campaign --config config.yaml "${app[@]}" --table table.csv --instances 1 --output t --quiet >/dev/null 2>&1 &
wait_for 120 held t
check "hlaunch stop" "$HLAUNCH" stop t
code=0
wait $! || code=$?
check_equal "ends it as a signal would" 143 "$code"
check_equal "what has not been fitted waits" yes "$(rows t/table.csv status | grep -c waiting | sed 's/[1-9].*/yes/')"
ended "the same again" 0 --table table.csv --plots first --instances 1 --output t
check_equal "with --plots first each has one heatmap" "1 1" "$(for scan in t/scans/*; do find "$scan" -name 'c2_heatmaps*.png' | wc -l; done | xargs)"
check_equal "labels are in the table" "cold 293 night02 300, warm" "$(rows t/table.csv name T_K | sed 's/_[0-9a-f]* / /' | xargs)"

# A process that is killed in the middle of a scan is that scan's failure alone.
campaign --data scans/night0[1-4].h5 --output k --plots none --instances 1 --quiet >/dev/null 2>k.err &
wait_for 120 held k
kill -9 "$(server k)"
code=0
wait $! || code=$?
check_equal "a process of it is killed" 1 "$code"
check_equal "one is killed, the others are done" "3 done 1 failed,killed" \
    "$(rows k/table.csv status class | sed 's/done $/done/; s/failed killed/failed,killed/' | sort | uniq -c | xargs)"
check "--retry-failed runs it" campaign --data scans/night0[1-4].h5 --output k --plots none --instances 1 --retry-failed --quiet
check_equal "then all are done" 4 "$(rows k/table.csv status | grep -c 'done')"

# Killed itself, it goes on where it was.
"$HLAUNCH" campaign --config config.yaml "${app[@]}" --data scans/night0[1-6].h5 --output s --plots none --quiet >/dev/null 2>&1 &
wait_for 120 bash -c "[ \"\$(grep -c '\"event\":\"checked\"' $T/s/journal.jsonl)\" -ge 2 ]"
kill -9 $!
wait $! 2>/dev/null || :
done_before=$(find s/scans -name parameters.json -newer s/plan.json | wc -l)
check "there was something" test "$done_before" -ge 2
check "and the table had it already" test "$(rows s/table.csv status | grep -cx 'done')" -ge 1
ended "hlaunch is killed; the same again" 1 --data scans/night0[1-6].h5 --output s --plots none --quiet
check_equal "each fit was found good once" "1" "$(grep -o '"event":"checked".*' s/journal.jsonl | grep -o '"part":[0-9]*' | sort | uniq -c | awk '{ print $1 }' | sort -u | xargs)"

# A word of the application may have blanks, for the hlaunch of each scan, too.
ln -s "$HOMODYNE_VENV/bin" "a b"
# NLSQ, then CMC, in a placement each; then another config, whose fit has nothing to do with what was being drawn from the first.
sampling=("$HLAUNCH" campaign --config sampling.yaml --data scans/night01.h5 --per machine --app "'$T/a b/homodyne'" --reserve-cores 0 --plots none
    --accept ess --accept r-hat --accept divergences --accept tension --output m)
make_sampling_yaml made sampling.yaml 40 34 optimization.cmc.sharding.num_shards=2 analyzer_parameters.end_frame=48
check "fits alone" "${sampling[@]}" --mode nlsq
"${sampling[@]}" --mode cmc --quiet >/dev/null 2>&1 &
begun() { grep -qs '"event":"start"' m/scans/*/cmc/run/journal.jsonl; }
check "CMC begins on them" wait_for 120 begun
"$HLAUNCH" stop m >/dev/null
wait $! || :
check_equal "no scan is fitted again for it" 1 "$(starts m)"
make_sampling_yaml made sampling.yaml 40 30 optimization.cmc.sharding.num_shards=2 analyzer_parameters.end_frame=48
check "a campaign with CMC, another config" "${sampling[@]}" --mode cmc
check_equal "is fitted anew" 2 "$(starts m)"
check_equal "has R-hat and ESS in its table" 1 "$(rows m/table.csv status worst_r_hat smallest_ess nlsq_D0 | grep -cE '^done [0-9.]+ [0-9.]+ [0-9.]+$')"
check_exit "the folder of a campaign is no other's" 2 "$HLAUNCH" run --output c --quiet -- true
check_equal "nothing is left running" "" "$(pgrep -f "$homodyne|$T/a b/homodyne" | while read -r pid; do grep -zs "HLAUNCH_RUN_FOLDER=$T" "/proc/$pid/environ"; done)"
check_equal "nothing in /dev/shm" "" "$(shm_left .)"
summary
