#!/usr/bin/env bash
# The hooks' cache with the oldest jax that homodyne allows, in an environment of its own; and both versions in one folder.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/real/jit_cache_lib.sh
. "$REPO/tests/real/jit_cache_lib.sh"
unset XLA_FLAGS PJRT_NPROC NPROC
oldest=$("$python" -c '
import importlib.metadata, re
print(next(m[1] for r in importlib.metadata.requires("homodyne") if (m := re.match(r"jax>=([0-9.]+)", r))))')
printf '%s\n' "jax==$oldest" "jaxlib==$oldest" numpy==2.3.5 scipy==1.17.0 ml_dtypes==0.5.4 opt_einsum==3.4.0 >old.lock
cat >make.sh <<'M'
set -euo pipefail
for piece in common packages python venv; do . "$1/tools/lib/$piece.sh"; done
HOMODYNE_LOCK=$2 install_locked "$(find_python)" "$3"
M
# The hooks know an environment by its homodyne: only the version is asked for here, and there is none.
sed -i 's/"survey"/"nlsq"/' task.json
if bash make.sh "$REPO" "$T/old.lock" "$T/old" >make.log 2>&1; then
    mkdir -p "$T/none/homodyne-0.dist-info"
    printf 'Metadata-Version: 2.1\nName: homodyne\nVersion: 0\n' >"$T/none/homodyne-0.dist-info/METADATA"
    cp -r "$T/none/homodyne-0.dist-info" "$("$T/old/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
    cache_checks "$T/old/bin/python" oldest
    check "the newest in the same folder" two_instances "$python" cold
    check_equal "shares no entry with it" 0 "$(field cold.a.json torn)"
    check_equal "but a folder beside" 2 "$("$HLAUNCH" cache list --json | python3 -c 'import json, sys; print(len({k["jaxlib"] for k in json.load(sys.stdin)["keys"]}))')"
    check "clean --keep-jaxlib" "$HLAUNCH" cache clean --keep-jaxlib "$oldest"
    check_equal "keeps the one named" "$oldest" "$("$HLAUNCH" cache list --json | python3 -c 'import json, sys; print(*{k["jaxlib"] for k in json.load(sys.stdin)["keys"]})')"
else
    tail -n 3 make.log >&2
    skip "jax $oldest" "it could not be installed"
fi
summary
