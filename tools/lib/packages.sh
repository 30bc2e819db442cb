# shellcheck shell=bash
# Installs what the build and the tests need, or says what to install. Needs common.sh.

PACKAGE_TABLE=$(dirname "${BASH_SOURCE[0]}")/../packages.tsv

# Probes look for the thing itself, not for a distribution's package: hand-built and module-loaded libraries count too.
probe() {
    local kind=${1%%:*} what=${1#*:} found
    case $kind in
    cmd) command -v "$what" >/dev/null 2>&1 || [ -x "/usr/sbin/$what" ] || [ -x "/sbin/$what" ] ;;
    pc) command -v pkg-config >/dev/null 2>&1 && pkg-config --exists "$what" ;;
    header) command -v g++ >/dev/null 2>&1 && echo "#include <$what>" | g++ -E -x c++ - >/dev/null 2>&1 ;;
    module) python3 -c "import $what" >/dev/null 2>&1 ;;
    file)
        for found in $what; do
            [ -e "$found" ] && return 0
        done
        return 1
        ;;
    *) die 3 "tools/packages.tsv: no such probe: $1" ;;
    esac
}

# missing_packages GROUP...: the rows of the table whose probe fails.
missing_packages() {
    local group row_probe debian fedora conda spack
    while IFS=$'\t' read -r group row_probe debian fedora conda spack; do
        case $group in '#'* | '') continue ;; esac
        case " $* " in *" $group "*) ;; *) continue ;; esac
        probe "$row_probe" || printf '%s\t%s\t%s\t%s\n' "$debian" "$fedora" "$conda" "$spack"
    done <"$PACKAGE_TABLE"
}

package_column() { cut -f"$1" | grep -vx -- - | sort -u | paste -sd' '; }

print_package_lists() {
    local rows=$1
    say "missing: install these packages, then run the same command again"
    say "  Debian/Ubuntu  apt-get install --no-install-recommends $(package_column 1 <<<"$rows")"
    say "  Fedora/Rocky   dnf install $(package_column 2 <<<"$rows")   (Rocky: with EPEL and CRB)"
    say "  conda-forge    conda install -c conda-forge $(package_column 3 <<<"$rows")"
    say "  Spack          spack install $(package_column 4 <<<"$rows")"
}

apt_install() {
    local log
    log=$(mktemp)
    say "installing: $*"
    if ! shown_while "installing packages" "" apt_get_into "$log" "$@"; then
        tail -n 15 "$log" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}

apt_get_into() { # LOG PACKAGE...
    { retry 3 apt-get update -q && retry 3 apt-get install -y -q --no-install-recommends "${@:2}"; } >"$1" 2>&1 </dev/null
}

# ensure_packages GROUP...: returns when all is there; otherwise ends the script with exit 3.
ensure_packages() {
    local rows names
    rows=$(missing_packages "$@")
    [ -n "$rows" ] || return 0
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 && [ -z "${HLAUNCH_NO_INSTALL:-}" ]; then
        read -ra names <<<"$(package_column 1 <<<"$rows")"
        DEBIAN_FRONTEND=noninteractive apt_install "${names[@]}" || die 3 "apt-get could not install the packages above"
        rows=$(missing_packages "$@")
        [ -n "$rows" ] || return 0
    fi
    print_package_lists "$rows"
    exit 3
}
