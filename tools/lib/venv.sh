# shellcheck shell=bash
# The virtual environment with homodyne, its versions locked. Needs common.sh, packages.sh and python.sh.

HOMODYNE_LOCK=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/homodyne.lock

# Another lock file or another Python is another environment, and so is one made in another way: never a mixture.
venv_key() { { cat "$HOMODYNE_LOCK" <(echo compiled); "$1" -I -c 'import sys; print(sys.version)'; } | sha256sum | cut -c1-12; }

venv_works() {
    [ -f "$1/hlaunch-venv" ] && [ "$(cat "$1/hlaunch-venv")" = "$2" ] && "$1/bin/python" -I -c '' >/dev/null 2>&1
}

# install_locked PYTHON DIR: uv takes seconds where pip takes minutes; pip remains for machines where uv does not run.
install_locked() {
    local python=$1 dir=$2 uv=
    unset PYTHONPATH PYTHONHOME VIRTUAL_ENV
    if command -v uv >/dev/null 2>&1; then
        uv=uv
        uv venv -q --no-python-downloads -p "$python" "$dir" || return 1
    else
        "$python" -m venv "$dir" || return 1
        "$dir/bin/python" -m pip install -q "uv==$UV_VERSION" && uv=$dir/bin/uv
    fi
    # --no-deps: see homodyne.lock. Wheels only: nothing is built on the user's machine. Bytecode once, here: where Python may not
    # write it, each start of homodyne would take 13 s of CPU time instead of 4.5.
    if [ -n "$uv" ] && "$uv" pip install -q --compile-bytecode --no-deps --only-binary :all: -p "$dir/bin/python" -r "$HOMODYNE_LOCK"; then
        return 0
    fi
    [ -x "$dir/bin/pip" ] || return 1
    say "uv could not install the packages: trying pip"
    retry 2 "$dir/bin/python" -m pip install -q --no-deps --only-binary :all: -r "$HOMODYNE_LOCK"
}

# ensure_venv: prints the folder. Returns 1 without a Python >= 3.12; ends with 3 when the packages cannot be had.
ensure_venv() {
    local python dir key
    python=$(find_python) || return 1
    # Debian splits venv off its python3.
    if ! "$python" -I -c 'import venv, ensurepip' >/dev/null 2>&1 && ! command -v uv >/dev/null 2>&1; then
        ensure_packages venv
    fi
    key=$(venv_key "$python")
    dir=${HLAUNCH_VENV:-$(cache_root)/venv-$key}
    if [ -d "$dir" ] && [ ! -e "$dir/hlaunch-venv" ] && [ ! -e "$dir/hlaunch-venv.partial" ]; then
        # The user's own: use it if it serves, never change it.
        [ -x "$dir/bin/homodyne" ] || die 2 "HLAUNCH_VENV=$dir is not empty and holds no bin/homodyne: name another folder"
        printf '%s\n' "$dir"
        return 0
    fi
    mkdir -p "$(dirname "$dir")" || die 3 "cannot make $(dirname "$dir"): set HLAUNCH_VENV to a writable place"
    (
        flock 9
        venv_works "$dir" "$key" && exit 0
        say "making the virtual environment $dir (Python $("$python" -V | cut -d' ' -f2), once)"
        # Made in place, the stamp last: the scripts of a venv hold its path, so it cannot be made elsewhere and renamed.
        # Without its stamp nobody uses it, and the next run begins anew.
        rm -rf "$dir"
        mkdir "$dir" && : >"$dir/hlaunch-venv.partial"
        if ! shown_while "installing homodyne" "" install_locked "$python" "$dir" >&2; then
            rm -rf "$dir"
            die 3 "the packages of tools/homodyne.lock could not be installed: is the package index reachable?"
        fi
        printf '%s\n' "$key" >"$dir/hlaunch-venv.tmp" && mv "$dir/hlaunch-venv.tmp" "$dir/hlaunch-venv"
        rm -f "$dir/hlaunch-venv.partial"
    ) 9>"$dir.lock" || exit $?
    printf '%s\n' "$dir"
}
