#!/usr/bin/env bash
# Runs a command in a bare Debian that holds nothing but a copy of this clone's HEAD.
# usage: tests/bare/debian.sh SUITE COMMAND...      e.g. tests/bare/debian.sh bookworm bash tests/run.sh --fast
# Needs root and debootstrap. HLAUNCH_MIRROR: the package mirror (default: this machine's own).
# HLAUNCH_BARE_CACHE: keeps the bootstrapped system from one run to the next. HLAUNCH_BARE_BIND: folders to show
# inside, read-only, for example one with a Python that the distribution does not have.
# Exit: the command's; 2 usage; 3 the system could not be made.
set -euo pipefail
repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tools/lib/common.sh
. "$repo/tools/lib/common.sh"

[ $# -ge 2 ] || die 2 "usage: tests/bare/debian.sh SUITE COMMAND..."
suite=$1
shift
[ "$(id -u)" = 0 ] || die 3 "chroot and mount need root"
command -v debootstrap >/dev/null || die 3 "debootstrap is missing: apt-get install debootstrap"

mirror=${HLAUNCH_MIRROR:-$(apt-get indextargets --format '$(ORIGIN) $(LABEL) $(REPO_URI)' |
    awk '$1 == "Debian" && $2 == "Debian" { print $3; exit }')}
[ -n "$mirror" ] || die 3 "no package mirror known: set HLAUNCH_MIRROR"

work=$(mktemp -d "${TMPDIR:-/tmp}/hlaunch-bare.XXXXXX")
root=$work/root
mounted=()
cleanup() {
    local at
    for at in "${mounted[@]}"; do
        umount "$at" 2>/dev/null || umount -l "$at" || :
    done
    # Never delete through a mount that would not go.
    if ! grep -q " $root/" /proc/self/mounts; then
        rm -rf "$work"
    else
        say "left behind, still mounted: $root"
    fi
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

make_system() {
    local into=$1
    debootstrap --variant=minbase "$suite" "$into" "$mirror" >"$work/debootstrap.log" 2>&1 ||
        { tail -n 5 "$work/debootstrap.log" >&2; die 3 "debootstrap $suite failed"; }
}

if [ -n "${HLAUNCH_BARE_CACHE:-}" ]; then
    tarball=$HLAUNCH_BARE_CACHE/$suite.tar
    if [ ! -f "$tarball" ]; then
        mkdir -p "$HLAUNCH_BARE_CACHE"
        make_system "$root"
        tar -C "$root" -cf "$tarball.$$" . && mv "$tarball.$$" "$tarball"
    else
        mkdir "$root"
        tar -C "$root" -xf "$tarball"
    fi
else
    make_system "$root"
fi
chmod 755 "$work" "$root"

# The network as this machine has it: resolver, and apt's own settings (proxy, dates), not its package lists.
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
cp -L /etc/hosts "$root/etc/hosts"
grep -lE '^ *Acquire' /etc/apt/apt.conf.d/* 2>/dev/null | xargs -r cp -t "$root/etc/apt/apt.conf.d"
mkdir -p "$root/usr/local/share/ca-certificates"
cp -a /usr/local/share/ca-certificates/. "$root/usr/local/share/ca-certificates/"
# Packages must not start services in there.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"

bind() { # bind SOURCE TARGET [OPTIONS]
    mkdir -p "$root$2"
    mount --bind "$1" "$root$2" && mounted=("$root$2" "${mounted[@]}")
    [ -z "${3:-}" ] || mount -o "remount,bind,$3" "$root$2"
}
mount -t proc proc "$root/proc" && mounted=("$root/proc" "${mounted[@]}")
bind /sys /sys ro
bind /dev /dev
mkdir -p "$root/dev/shm"
for folder in ${HLAUNCH_BARE_BIND:-}; do
    bind "$folder" "$folder" ro
done

# A clone, as a user gets it: tests look at what git knows.
git clone -q --no-hardlinks "$repo" "$root/root/hlaunch" 2>"$work/clone.log" ||
    { cat "$work/clone.log" >&2; die 3 "git clone of $repo failed"; }

passed=()
for name in PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_DEFAULT_TIMEOUT UV_INDEX_URL UV_DEFAULT_INDEX http_proxy https_proxy no_proxy \
    HLAUNCH_PYTHON HLAUNCH_VENV CI; do
    [ -z "${!name:-}" ] || passed+=("$name=${!name}")
done
code=0
chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    "${passed[@]}" /bin/sh -c 'cd /root/hlaunch && exec "$@"' sh "$@" </dev/null || code=$?
exit "$code"
