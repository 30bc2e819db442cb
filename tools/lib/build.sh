# shellcheck shell=bash
# Configures, and again when there is a reason to; builds what changed. Needs common.sh.

# Eight files are compiled at once, which is half the time, since most of it goes into headers; the same way for the program and for its
# tests, so that after the quickstart the tests compile only what is new.
# shellcheck disable=SC2034
UNITY=(-Dunity=on -Dunity_size=8)

# build_project SOURCE BUILD "TARGET..." [MESON_OPTION...]: TARGET is ninja's: hlaunch for the program, all with its tests.
build_project() {
    local source=$1 build=$2 targets=$3
    shift 3
    configure_project "$source" "$build" "$@"
    compile_project "$build" "$targets"
}

# What decides a configuration: the options, the tools, and the libraries that can be found.
configuration_of() {
    printf '%s\n' "$@" "$(meson --version)" "$(command -v mpicxx mpicc c++ clang++ || :)"
    pkg-config --list-all 2>/dev/null | sort
}

# A folder is configured anew when its options, the tools or the libraries are others than the last time: meson itself takes new
# options only when told, and never looks again for what it has once not found, such as MPI.
configure_project() { # SOURCE BUILD MESON_OPTION...
    local source=$1 build=$2 log before wanted
    shift 2
    wanted=$(configuration_of "$@")
    before=$(cat "$build/configured-for" 2>/dev/null) || before=
    if [ -f "$build/build.ninja" ] && is_configured_for "$source" "$build"; then
        [ "$wanted" != "$before" ] || return 0
    else
        forget_configuration "$build"
    fi
    log=$(mktemp)
    if ! { [ -f "$build/build.ninja" ] && configure_again "$source" "$build" "$@" >"$log" 2>&1 </dev/null; }; then
        # Such as a folder of an older meson: what cannot be changed is made anew.
        forget_configuration "$build"
        if ! meson setup "$@" "$build" "$source" >"$log" 2>&1 </dev/null; then
            tail -n 20 "$log" >&2
            rm -f "$log"
            die 3 "meson could not configure $build: its last lines are above"
        fi
    fi
    rm -f "$log"
    printf '%s\n' "$wanted" >"$build/configured-for"
}

configure_again() { # SOURCE BUILD MESON_OPTION...
    local source=$1 build=$2
    shift 2
    # In a call of its own: beside an option meson 1.0 takes no notice of --clearcache.
    meson configure --clearcache "$build" && { [ $# = 0 ] || meson configure "$@" "$build"; } && meson setup --reconfigure "$build" "$source"
}

# For this very source, and whole: a moved or copied clone, or a setup that was interrupted, cannot be repaired by ninja.
is_configured_for() { # SOURCE BUILD
    [ -f "$2/meson-private/coredata.dat" ] && grep -qsF "\"source\": \"$(cd "$1" && pwd -P)\"" "$2/meson-info/meson-info.json"
}

# Of a build folder all but the quickstart's scan and results, which are its user's.
forget_configuration() {
    [ ! -d "$1/meson-private" ] && [ ! -f "$1/build.ninja" ] ||
        find "$1" -mindepth 1 -maxdepth 1 ! -name quickstart -exec rm -rf {} +
}

compile_project() { # BUILD "TARGET..."
    local build=$1 log code=0 targets
    read -ra targets <<<"$2"
    if on_terminal; then
        # On a terminal ninja shows how far it is, and the errors.
        ninja -C "$build" "${targets[@]}" >&2 </dev/null || die 3 "the build in $build failed: its errors are above"
        return
    fi
    log=$(mktemp)
    shown_while "compiling" "ninja_progress $log" compile_into "$log" "$build" "${targets[@]}" || code=$?
    if [ "$code" != 0 ]; then
        grep -E -A12 'error|FAILED|warning' "$log" | tail -n 60 >&2 || tail -n 30 "$log" >&2
        rm -f "$log"
        die 3 "the build in $build failed: its errors are above"
    fi
    rm -f "$log"
}

compile_into() { # LOG BUILD TARGET...
    ninja -C "$2" "${@:3}" >"$1" 2>&1 </dev/null
}

ninja_progress() { sed -nE 's/^\[([0-9]+)\/([0-9]+)\].*/\1 of \2/p' "$1" | tail -n 1; }
