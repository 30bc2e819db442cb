#!/usr/bin/env bash
# The setup pieces (tools/lib) without network and without root's powers: what they find, refuse and print.
. "$(dirname "$0")/lib.sh"
cd "$REPO"
lib=$REPO/tools/lib
export XDG_CACHE_HOME=$T/cache HOME=$T/home
mkdir -p "$HOME" "$T/bin"
pieces="set -euo pipefail; for p in common packages python venv build; do . '$lib'/\$p.sh; done"

# A Python of a given version that answers as the real one does, and a shim that fails as pyenv's does.
fake_python() { # fake_python FILE MINOR
    mkdir -p "$(dirname "$1")"
    cat >"$1" <<P
#!/bin/bash
case "\$*" in
*version_info*) exit $(($2 < 12)) ;;
*) exit 0 ;;
esac
P
    chmod +x "$1"
}
# Nothing but the tools these pieces need, so that this machine's Pythons cannot help.
for tool in bash find grep sort cut cat dirname id tr mkdir rm head tail env; do
    ln -s "$(command -v $tool)" "$T/bin/$tool"
done
printf '#!/bin/bash\necho "pyenv: python3.13: command not found" >&2\nexit 127\n' >"$T/bin/python3.13"
chmod +x "$T/bin/python3.13"
find_with() { env -i HOME="$HOME" XDG_CACHE_HOME="$XDG_CACHE_HOME" PATH="$T/bin" HLAUNCH_NO_INSTALL=1 "$@" \
    bash -c "$pieces; bootstrap_uv() { return 1; }; find_python"; }

fake_python "$T/home/.pyenv/versions/3.11.9/bin/python3" 11
if [ -z "$(find /opt -maxdepth 3 -path '*/bin/python3*' 2>/dev/null)" ]; then
    code=0
    find_with env >"$T/out" 2>"$T/err" </dev/null || code=$?
    check_equal "no Python >= 3.12 at all: exit 1" 1 "$code"
    check "no Python: the last line names the remedy" bash -c "tail -n 1 '$T/err' | grep -q HLAUNCH_PYTHON"
else
    skip "no Python >= 3.12 at all" "this machine has one under /opt"
fi
fake_python "$T/home/.pyenv/versions/3.12.4/bin/python3" 12
fake_python "$T/home/.pyenv/versions/3.13.1/bin/python3" 13
check_equal "the newest of pyenv, past a failing shim on PATH" "$T/home/.pyenv/versions/3.13.1/bin/python3" "$(find_with env 2>/dev/null)"
fake_python "$T/bin/python3.12" 12
check_equal "PATH before pyenv" "$T/bin/python3.12" "$(find_with env 2>/dev/null)"
fake_python "$T/mine/python" 14
check_equal "HLAUNCH_PYTHON before PATH" "$T/mine/python" "$(find_with HLAUNCH_PYTHON="$T/mine/python" 2>/dev/null)"
fake_python "$T/mine/old" 11
check_exit "HLAUNCH_PYTHON that is too old is refused in one line" 2 find_with HLAUNCH_PYTHON="$T/mine/old"
check_exit "HLAUNCH_PYTHON that is not there is refused in one line" 2 find_with HLAUNCH_PYTHON="$T/nowhere"
mkdir -p "$T/precious" && touch "$T/precious/thesis.tex"
check_exit "HLAUNCH_VENV with the user's files is refused" 2 \
    env HLAUNCH_PYTHON="$T/mine/python" HLAUNCH_VENV="$T/precious" bash "$REPO/tools/homodyne-venv.sh"
check "and left alone" test -f "$T/precious/thesis.tex"
mkdir -p "$T/own/bin" && cp "$T/mine/python" "$T/own/bin/homodyne"
check_equal "HLAUNCH_VENV that is the user's own environment is used as it is" "$T/own" \
    "$(HLAUNCH_PYTHON=$T/mine/python HLAUNCH_VENV=$T/own bash "$REPO/tools/homodyne-venv.sh")"

# What is missing is listed for four kinds of machine, and nothing is installed where that is not wanted or possible.
printf 'test\tcmd:no-such-program\tdeb-a\tfed-a\t-\tspack-a\ntest\tcmd:bash\tdeb-b\tfed-b\tcon-b\tspack-b\nbuild\tcmd:none\tdeb-c\t-\t-\t-\n' >"$T/table"
code=0
HLAUNCH_NO_INSTALL=1 bash -c "$pieces; PACKAGE_TABLE='$T/table'; ensure_packages test" >"$T/out" 2>"$T/err" || code=$?
check_equal "missing packages: exit 3" 3 "$code"
check_equal "only what is missing, of the groups asked for" "deb-a fed-a spack-a" "$(grep -oE '(deb|fed|con|spack)-[abc]' "$T/err" | tr '\n' ' ' | sed 's/ $//')"
check_equal "every row of tools/packages.tsv has six columns" "" "$(awk -F'\t' '!/^#/ && NF != 6 {print NR}' tools/packages.tsv)"

check_equal "every version in tools/homodyne.lock is pinned" "" "$(grep -vE '^(#.*|[A-Za-z0-9._-]+==[A-Za-z0-9.]+)?$' tools/homodyne.lock || :)"
check_exit "tests/run.sh refuses an unknown flag" 2 bash tests/run.sh --unknown
check_exit "quickstart.sh refuses an unknown flag" 2 bash examples/quickstart.sh --unknown
check_exit "show_truth.py without a result says so in one line" 1 python3 examples/show_truth.py "$T/none" "$T/none"
printf '{"parameters": {"D0": {"mean": 10.0, "std": 1.0}}}' >"$T/merged.json"
printf '{"parameters": {"D0": 11.0}}' >"$T/near.json"
printf '{"parameters": {"D0": 99.0}}' >"$T/far.json"
check "show_truth.py accepts a near result" python3 examples/show_truth.py "$T/merged.json" "$T/near.json"
check_exit "show_truth.py refuses a far one" 1 python3 examples/show_truth.py "$T/merged.json" "$T/far.json"
summary
