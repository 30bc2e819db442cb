# shellcheck shell=bash
# Finds a Python that homodyne accepts (>= 3.12). Needs common.sh; packages.sh for the last resort.

# Pinned: the installer decides what lands in the environment.
UV_VERSION=0.13.9

# A name on PATH proves nothing (pyenv's shims exist for versions that are not selected): run it.
python_is_new_enough() {
    [ -x "$1" ] || command -v "$1" >/dev/null 2>&1 || return 1
    "$1" -I -c 'import sys; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1 </dev/null
}

python_candidates() {
    local name dir
    for name in python3.13 python3.12 python3.14 python3; do
        type -ap "$name" || :
    done
    for dir in "${PYENV_ROOT:-}" "${HOME:-}/.pyenv"; do
        [ -z "$dir" ] || find "$dir/versions" -maxdepth 3 -path '*/bin/python3' 2>/dev/null | sort -rV
    done
    find /opt -maxdepth 3 -path '*/bin/python3*' 2>/dev/null | grep -E '/python3(\.[0-9]+)?$' | sort -rV || :
    if command -v uv >/dev/null 2>&1; then
        uv python find --no-python-downloads '>=3.12' 2>/dev/null || :
    fi
}

# uv from PyPI in an environment of its own, made with whatever python3 there is. Prints its path.
bootstrap_uv() {
    local dir
    if command -v uv >/dev/null 2>&1; then
        command -v uv
        return 0
    fi
    dir=$(cache_root)/uv-$UV_VERSION
    if [ ! -x "$dir/bin/uv" ]; then
        mkdir -p "$(cache_root)"
        python3 -m venv "$dir" >&2 && "$dir/bin/python" -m pip install -q "uv==$UV_VERSION" >&2 || return 1
    fi
    printf '%s\n' "$dir/bin/uv"
}

# find_python: prints its path; returns 1 (with a line on stderr) when there is none and none can be had.
find_python() {
    local candidate uv
    if [ -n "${HLAUNCH_PYTHON:-}" ]; then
        python_is_new_enough "$HLAUNCH_PYTHON" || die 2 "HLAUNCH_PYTHON=$HLAUNCH_PYTHON is no Python >= 3.12 that runs"
        command -v "$HLAUNCH_PYTHON"
        return 0
    fi
    while read -r candidate; do
        if python_is_new_enough "$candidate"; then
            printf '%s\n' "$candidate"
            return 0
        fi
    done < <(python_candidates)
    say "no Python >= 3.12 found: trying uv python install 3.13"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        (ensure_packages venv) >&2 || :
        # Debian 13 brings a python3 that is new enough; Debian 12 (3.11) only the means to get uv.
        if python_is_new_enough python3; then
            command -v python3
            return 0
        fi
    fi
    if uv=$(bootstrap_uv) && "$uv" python install -q 3.13 >&2 && candidate=$("$uv" python find 3.13) &&
        python_is_new_enough "$candidate"; then
        printf '%s\n' "$candidate"
        return 0
    fi
    say "no Python >= 3.12: none on PATH, under pyenv, /opt or uv, and uv could not fetch one;" \
        "install one (or conda's python=3.13) and set HLAUNCH_PYTHON to it"
    return 1
}
