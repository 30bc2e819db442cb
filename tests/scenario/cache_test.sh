#!/usr/bin/env bash
# hlaunch cache: what it lists, what it removes, and what it leaves alone.
. "$(dirname "$0")/../lib.sh"
cd "$T"
unset HLAUNCH_JIT_CACHE
export XDG_CACHE_HOME=$T/home
# A folder of three keys: jaxlib 1 with entries of 1,000 bytes used 3, 2 and 1 hours ago, a torn one and leftovers; jaxlib 2; none of ours.
make_cache() {
    rm -rf "$1"
    python3 - "$1" <<'P'
import json, os, sys, time, zlib
root, now = sys.argv[1], time.time()
def put(folder, name, content, hours=0.0):
    path = os.path.join(root, folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    open(path, "wb").write(content)
    os.utime(path, (now - hours * 3600, now - hours * 3600))
def entry(body):
    return b"hlaunch-jit 1 %08x %d\n" % (zlib.crc32(body), len(body)) + body
for jaxlib in "12":
    put(f"jaxlib-{jaxlib}", "key.json", json.dumps({"format": "hlaunch-jit-key", "version": 1, "jax": jaxlib, "jaxlib": jaxlib,
        "cpu": "C\x1b[1m", "cpu_features": "f", "cpus": 4, "threads": "2", "xla_flags": "--a" if jaxlib == "1" else ""}).encode())
for hours in (3, 2, 1):
    put("jaxlib-1", f"{hours}.jit", entry(os.urandom(1000 - len(b"hlaunch-jit 1 00000000 970\n"))), hours)
whole = entry(b"x" * 500)
put("jaxlib-1", "cut.jit", whole[:-1])
put("jaxlib-1", "long.jit", whole + b"x")
put("jaxlib-1", "changed.jit", whole[:-1] + b"y")
put("jaxlib-1", "noise.jit", b"\0\xff" * 40)
put("jaxlib-1", "number.jit", b"hlaunch-jit 1 00000000 99999999999999999999\n")
put("jaxlib-1", "empty.jit", b"")
put("jaxlib-1", ".old.tmp", b"x", 2)
put("jaxlib-1", ".now.tmp", b"x")
put("jaxlib-1", "notes.txt", b"mine")
put("jaxlib-2", "only.jit", entry(b"2"))
put("theirs", "thesis.jit", b"mine")
P
    ln -s "$1/jaxlib-2" "$1/link"
}
files() { (cd home/hlaunch/jit && find . -type f ! -name key.json | sort | tr '\n' ' '); }
sum() { "$HLAUNCH" cache list --json | python3 -c 'import json, sys; print(sum(k[sys.argv[1]] for k in json.load(sys.stdin)["keys"]))' "$1"; }

check_equal "nothing yet" "0 B in 0 entries under $T/home/hlaunch/jit" "$("$HLAUNCH" cache list)"
check_equal "nothing to clean" "removed 0 files, 0 B" "$("$HLAUNCH" cache clean)"
check "and nothing made" test ! -e home
make_cache "$T/home/hlaunch/jit"
check_json "list --json is what docs/schemas says" <("$HLAUNCH" cache list --json)
check_equal "keys, entries and torn ones" "2 10 6" "$("$HLAUNCH" cache list --json | grep -c '"name"') $(sum entries) $(sum torn)"
check "the text tells of the torn ones" grep -q "6 torn" <("$HLAUNCH" cache list)
check_equal "a key without XLA flags has a dash" 1 "$("$HLAUNCH" cache list | grep -c '  -$' || :)"
check_equal "no escape sequence reaches the terminal" 0 "$("$HLAUNCH" cache list | grep -c $'\x1b' || :)"
check "clean" "$HLAUNCH" cache clean
check_equal "removes torn entries and old leftovers, and no more" \
    "./jaxlib-1/.now.tmp ./jaxlib-1/1.jit ./jaxlib-1/2.jit ./jaxlib-1/3.jit ./jaxlib-1/notes.txt ./jaxlib-2/only.jit ./theirs/thesis.jit " "$(files)"
check "--max-size" "$HLAUNCH" cache clean --max-size 2100B
check_equal "removes the longest unused" "./jaxlib-1/.now.tmp ./jaxlib-1/1.jit ./jaxlib-1/2.jit ./jaxlib-1/notes.txt ./jaxlib-2/only.jit ./theirs/thesis.jit " "$(files)"
check "--keep-jaxlib" "$HLAUNCH" cache clean --keep-jaxlib 2
check_equal "removes those of others" "./jaxlib-1/.now.tmp ./jaxlib-1/notes.txt ./jaxlib-2/only.jit ./theirs/thesis.jit " "$(files)"
check "--all" "$HLAUNCH" cache clean --all
check_equal "never what is not ours" "./jaxlib-1/.now.tmp ./jaxlib-1/notes.txt ./theirs/thesis.jit " "$(files)"

check_exit "a size that is none" 2 "$HLAUNCH" cache clean --max-size much
check_exit "a folder that is not there" 2 "$HLAUNCH" cache list --jit-cache "$T/none"
check_exit "off has no folder" 2 "$HLAUNCH" cache list --jit-cache off
check_exit "cache alone" 2 "$HLAUNCH" cache
check_exit "warm without a config" 2 "$HLAUNCH" cache warm
check_exit "warm with a config that is not there" 2 "$HLAUNCH" cache warm none.yaml --app true
printf 'analysis_mode: static\n' >config.yaml
for place in private off; do
    check_exit "warm with --jit-cache $place" 2 "$HLAUNCH" cache warm config.yaml --app true --jit-cache "$place"
    check "says that nothing is shared" grep -q "no cache is shared here (--jit-cache $place)" check.err
done
check_exit "warm for another machine" 2 "$HLAUNCH" cache warm config.yaml --app true --topology 'pack:2 [numa] core:4 pu:1'
mkdir tmp
code=0
TMPDIR=$T/tmp "$HLAUNCH" cache warm config.yaml --app true --jit-cache "$T/warm" --quiet 2>check.err || code=$?
check_equal "warm with a program that is no homodyne" 3 "$code"
check "names what is wrong" grep -q "ran without hlaunch's hooks" check.err
job=("$HLAUNCH" --mode cmc --config config.yaml --output out --app true)
touch file
check_exit "a run with a file for --jit-cache" 2 "${job[@]}" --jit-cache file
check_exit "a run with an empty --jit-cache" 2 "${job[@]}" --jit-cache ""
mkdir open && chmod 777 open
check_exit "a run with a folder others may write to" 2 "${job[@]}" --jit-cache open
check "says why" grep -q "can be written by others" check.err
check "nothing was made by any of these" test ! -e out
summary
