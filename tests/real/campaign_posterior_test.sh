#!/usr/bin/env bash
# Exact posteriors of a campaign: three scans, static and laminar, one of a torn file; each bitwise what hlaunch run gives, though
# its server and hlaunch itself are killed on the way.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
make_scan still --frames 24 --phi 0,60,120 --seed 1
make_scan flow --mode laminar_flow --frames 32 --phi 0,30,70,110 --noise 0.003 --seed 2
for scan in still flow; do make_yaml "$scan" $scan.yaml; done
mkdir torn
cp still/xpcs.h5 torn/xpcs.h5
truncate -s "$(($(stat -c %s torn/xpcs.h5) / 2))" torn/xpcs.h5
printf 'data,config,name\nstill/xpcs.h5,still.yaml,still\nflow/xpcs.h5,flow.yaml,flow\ntorn/xpcs.h5,still.yaml,torn\n' >table.csv
options=(--app "$homodyne" --reserve-cores 0 --posterior exact --prior-source yaml --ess 1000)
# ended NAME CODE OPTION...: a campaign with that exit code; its words are in `words`.
ended() {
    local name=$1 want=$2 code=0
    shift 2
    "$HLAUNCH" campaign --table table.csv --plots none "${options[@]}" "$@" >words 2>&1 </dev/null || code=$?
    check_equal "$name" "exit $want" "exit $code"
}
rows() { "$python" -c 'import csv, sys; [print(*(r[c] for c in sys.argv[2:])) for r in csv.DictReader(open(sys.argv[1]))]' "$@"; }
ends() { grep -c '"event":"end".*"stage":"posterior"' "$1/journal.jsonl" || :; }
rounds() { find "$1"/scans/*/posterior/rounds -name '*.npy' 2>/dev/null | wc -l; }
for scan in still flow; do
    check "a run of $scan" "$HLAUNCH" run --config $scan.yaml --mode cmc "${options[@]}" --output "run-$scan" --quiet
done

# On the way its server is killed, then hlaunch.
server() { pgrep -f "$homodyne" | while read -r pid; do if grep -qzs "HLAUNCH_TASK=$T/$1/servers/" "/proc/$pid/environ"; then echo "$pid"; fi; done; }
begun() { [ "$(rounds "$1")" -ge "$2" ]; }
"$HLAUNCH" campaign --table table.csv --plots none "${options[@]}" --output c --instances 1 --quiet >/dev/null 2>&1 &
wait_for 240 begun c 2
kill -9 "$(server c)"
check "a killed server is followed by another" wait_for 240 test -e c/servers/0/stderr.log.1
wait_for 240 begun c 4
kill -9 $!
wait $! 2>/dev/null || :
check "hlaunch is killed with rounds on disk" begun c 4
ended "the same again goes on; a torn file" 1 --output c --instances 1
check_equal "alone has no result" "still done certified flow done certified torn bad-input" "$(rows c/table.csv name status verdict | xargs)"
for scan in still flow; do
    check "the posterior of $scan is that of a run, bitwise" \
        "$python" "$real/same_draws.py" "c/scans/$scan/merged/cmc/samples.npz" "run-$scan/merged/cmc/samples.npz"
done
check_equal "sd with pairs counted once is larger" 2 \
    "$(rows c/table.csv sigma_sd sigma_sd_pairs_twice sigma_sd_pairs_once | awk 'NF == 3 && $1 == $2 && $3 > 1.3 * $2 && $3 < 1.6 * $2' | wc -l)"
check_json "table.json is of its schema" c/table.json
check_equal "with correlations of all parameters" "[1.0, 1.0]" "$("$python" -c '
import json
rows = {r["name"]: r["exact"] for r in json.load(open("c/table.json"))["scans"]}
print([round(rows[n]["correlations"]["matrix"][-1][-1], 9) for n in ("still", "flow")])')"
check_equal "the points are gone" "" "$(find c/scans -name '*.npy')"
before=$(ends c)
ended "the same again" 1 --output c
check_equal "does nothing again" "$before" "$(ends c)"
sed -i '/^flow/d' table.csv
ended "with pairs counted once" 1 --output c --pairs once
check_equal "it is another posterior" "$((before + 1))" "$(ends c)"
check_equal "of the same fits" 2 "$(grep -c '"event":"start".*"stage":"fit"' c/journal.jsonl)"
check_equal "and the table says so" 1 "$(rows c/table.csv pairs | grep -c once)"
check_equal "nothing is left running" "" "$(pgrep -f "$homodyne" | while read -r pid; do grep -zs "HLAUNCH_RUN_FOLDER=$T" "/proc/$pid/environ"; done)"
ended "a fit alone has no posterior" 2 --mode nlsq --output n
summary
