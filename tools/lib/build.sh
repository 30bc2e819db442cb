# shellcheck shell=bash
# Configures once, builds what changed. Needs common.sh.

# build_project SOURCE BUILD TARGET [MESON_OPTION...]: TARGET is ninja's: hlaunch for the program, all with its tests
build_project() {
    local source=$1 build=$2 target=$3 log
    shift 3
    log=$(mktemp)
    # A folder configured for another source (a moved or copied clone) cannot be repaired by ninja.
    if [ -f "$build/build.ninja" ] && [ ! -f "$build/meson-private/coredata.dat" ]; then
        rm -rf "$build"
    fi
    if [ ! -f "$build/build.ninja" ]; then
        if ! meson setup "$@" "$build" "$source" >"$log" 2>&1 </dev/null; then
            tail -n 20 "$log" >&2
            rm -f "$log"
            die 3 "meson could not configure $build: its last lines are above"
        fi
    fi
    if ! ninja -C "$build" "$target" >"$log" 2>&1 </dev/null; then
        grep -E -A12 'error|FAILED|warning' "$log" | tail -n 60 >&2 || tail -n 30 "$log" >&2
        rm -f "$log"
        die 3 "the build in $build failed: its errors are above"
    fi
    rm -f "$log"
}

# The same with eight files at once: half the time, since most of it goes into headers. What includes too little is found by the
# plain build alone.
build_for_tests() {
    local source=$1 build=$2 target=$3
    shift 3
    build_project "$source" "$build" "$target" -Dunity=on -Dunity_size=8 "$@"
}
