#!/usr/bin/env bash
# A laminar-flow scan end to end over two placements: it passes its gates or fails them for stated reasons.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/../lib.sh"
make_scan data --mode laminar_flow --frames 48 --phi 0,45,90,135 --seed 5
make_sampling_yaml data config.yaml 200 200 optimization.cmc.sharding.num_shards=2
code=0
"$HLAUNCH" --mode cmc --config config.yaml --app "$homodyne" --per cores:1 --output out </dev/null >out.txt 2>err.txt || code=$?
sed 's/^/# /' out.txt
tail -n 3 err.txt | sed 's/^/# /'
check "both shards are captured" test -s out/parts/000/shards/00000.npz -o -s out/parts/001/shards/00000.npz
check "the verdict is in merge.json" test -s out/merged/merge.json
"$python" - "$code" <<'P' && pass "exit code and gates agree, each refusal has its reason" || fail "exit code and gates agree, each refusal has its reason" "exit $code"
import json, os, sys
merge = json.load(open("out/merged/merge.json"))
failed = [c for c in merge["checks"] if c["verdict"] == "fail"]
assert (int(sys.argv[1]) == 1) == bool(failed), (sys.argv[1], failed)
assert all(c["text"] for c in failed)
assert os.path.exists("out/merged/cmc/samples.npz") == (not failed)
if not failed:
    names = {p["name"] for p in merge["parameters"]}
    assert {"D0", "alpha", "D_offset", "gamma_dot_t0", "beta", "gamma_dot_t_offset", "phi0"} <= names, names
P
summary
