#!/usr/bin/env bash
# The shared cache of compiled code with the real jaxlib: two instances at once, torn entries, folders that cannot be used.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/real/jit_cache_lib.sh
. "$real/jit_cache_lib.sh"
unset XLA_FLAGS PJRT_NPROC NPROC
cache_checks "$python" newest
check_json "cache list --json is what docs/schemas says" <("$HLAUNCH" cache list --json)

# A writer that was killed leaves a temporary file, which nobody reads.
folder=$(field cold.a.json folder) digest=$(field cold.a.json digest)
touch -d '2 hours ago' "$folder/.killed.tmp"
check "clean" "$HLAUNCH" cache clean
check "removes what killed writers left" test ! -e "$folder/.killed.tmp"
check "and nothing that is whole" test "$(find "$folder" -name '*.jit' | wc -l)" -ge 10

# Where the shared folder cannot be had, the instance's own serves.
run_with() { HLAUNCH_JIT_CACHE=$1 hooked "$python" "$real/jit_program.py" >with.json; }
check "a shared folder that cannot be made" run_with /dev/null/jit
check_equal "is replaced by the instance's own" "$T/own $digest" "$(dirname "$(field with.json folder)") $(field with.json digest)"
mkdir open && chmod 777 open
check "a folder that others may write to" run_with "$T/open"
check_equal "is not trusted" "$T/own" "$(dirname "$(field with.json folder)")"
if mkdir full && mount -t tmpfs -o size=64k,mode=700 none full 2>/dev/null; then
    check "a full disk" run_with "$T/full"
    check_equal "changes no number and leaves nothing torn" "$digest 0" \
        "$(field with.json digest) $(HLAUNCH_JIT_CACHE=$T/full "$HLAUNCH" cache list --json | python3 -c 'import json, sys; print(sum(k["torn"] for k in json.load(sys.stdin)["keys"]))')"
    umount full
else
    skip "a full disk" "cannot mount here"
fi
check "off" run_with off
check_equal "compiles everything, to the same numbers" "False None $digest" "$(field with.json enabled) $(field with.json folder) $(field with.json digest)"

check "other CPUs, versions, threads and flags have other folders" env PYTHONPATH="$REPO/src/homodyne/shim" "$python" - <<'P'
from hlaunch_shim.process.jit_cache import describe, folder_name
cpu = "processor : 0\nvendor_id : X\nmodel name : A\nstepping : 1\ncpu MHz : 2000\nflags : avx avx2\n\nprocessor : 1\n"
def name(jax="0.12.0", jaxlib="0.12.0", text=cpu, env={"XLA_FLAGS": "--a=1", "PJRT_NPROC": "2"}, cpus=4):
    return folder_name(describe(jax, jaxlib, text, env, cpus))
same = {name(), name(text=cpu.replace("2000", "3100")), name(text=cpu.replace("avx avx2", "avx2 avx")),
        name(env={"XLA_FLAGS": "  --a=1 ", "PJRT_NPROC": "2", "HOME": "/x"})}
assert len(same) == 1, same
other = [name(jax="0.12.1"), name(jaxlib="0.12.1"), name(text=cpu.replace(": A", ": B")), name(text=cpu.replace("avx2", "avx512f")),
         name(text=cpu.replace("stepping : 1", "stepping : 2")), name(env={"XLA_FLAGS": "--a=2", "PJRT_NPROC": "2"}),
         name(env={"XLA_FLAGS": "--a=1", "PJRT_NPROC": "3"}), name(cpus=8)]
assert len(set(other)) == len(other) and not set(other) & same
P
summary
