#!/bin/bash
# Boots a small Linux in QEMU whose machine has the NUMA nodes of a preset and runs a script inside it.
#   numa_guest.sh [-p PRESET] [-m TIMES] [-b BINARY]... [-f PATH]... [-d FOLDER]... [-t SECONDS] SCRIPT
# PRESET: two (2 nodes x 2 CPUs), memory (two and node 2 with memory only), cpu (node 1 has CPUs only),
#         four (2 packages x 2 nodes x 2 CPUs), uneven (3 + 1 CPUs, 384 + 128 MiB), roomy (two with 3 GiB each)
# TIMES: so many times the preset's memory, for binaries built with a sanitizer.
# BINARY is copied to the guest's /bin with its shared libraries; PATH, a file or folder, to the same path; FOLDER, too large for
# the guest's memory, is on a read-only disk at the same path. Standard output is the script's; so is the exit code; 124 when the
# time is over, 125 when the guest died, 77 when something needed is not installed.
# Emulated in software: no KVM, no root needed. Debian: qemu-system-x86 linux-image-cloud-amd64
# busybox-static cpio; for disks kmod e2fsprogs. Other kernels: HLAUNCH_LAB_KERNEL=/path/to/vmlinuz (virtio is needed for disks alone).
# shellcheck disable=SC2054  # QEMU's options hold commas
set -euo pipefail

preset=two seconds=120 times=1 binaries=() paths=() disks=()
while getopts p:m:b:f:d:t: option; do
  case $option in
    p) preset=$OPTARG ;;
    m) times=$OPTARG ;;
    b) binaries+=("$OPTARG") ;;
    f) paths+=("$OPTARG") ;;
    d) disks+=("$OPTARG") ;;
    t) seconds=$OPTARG ;;
    *) exit 2 ;;
  esac
done
shift $((OPTIND - 1))
script=${1:?usage: numa_guest.sh [-p PRESET] [-m TIMES] [-b BINARY]... [-f PATH]... [-t SECONDS] SCRIPT}

# Newest kernel that can be read: Ubuntu keeps /boot/vmlinuz-* for root only.
find_kernel() {
  if [ -n "${HLAUNCH_LAB_KERNEL:-}" ]; then echo "$HLAUNCH_LAB_KERNEL"; return; fi
  local kernel
  for kernel in $(printf '%s\n' /boot/vmlinuz-* | sort -rV); do
    if [ -r "$kernel" ]; then echo "$kernel"; return; fi
  done
}

missing() { echo "numa_guest.sh: $1 is missing; on Debian: apt-get install $2" >&2; exit 77; }
command -v qemu-system-x86_64 >/dev/null || missing qemu-system-x86_64 qemu-system-x86
command -v cpio >/dev/null || missing cpio cpio
command -v busybox >/dev/null || missing busybox busybox-static
kernel=$(find_kernel)
[ -r "$kernel" ] || missing "a readable kernel image" linux-image-cloud-amd64

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root

# --- the guest's file system: busybox, our binaries with their libraries, an init ---
install_binary() { # FILE
  install -D "$(readlink -f "$1")" "$root/bin/$(basename "$1")"
  # Debug information would fill a small guest's memory before it boots.
  strip "$root/bin/$(basename "$1")" 2>/dev/null || :
  install_libraries "$1"
  # What is loaded on demand is named in the binary alone.
  local soname library
  for soname in $(grep -aoE 'lib(hwloc|zip)\.so[.0-9]*' "$1" | sort -u); do
    library=$(PATH=$PATH:/sbin:/usr/sbin ldconfig -p | awk -v name="$soname" '$1 == name && !found++ { print $NF }')
    [ -z "$library" ] || { install_library "$library" && install_libraries "$library"; }
  done
}
install_library() { [ -e "$root$1" ] || install -D "$(readlink -f "$1")" "$root$1"; }
install_libraries() { # of FILE
  local library
  for library in $(ldd "$1" 2>/dev/null | grep -oE '/[^ ]+'); do install_library "$library"; done # none of a static binary
}
mkdir -p "$root"/{bin,proc,sys,dev,tmp,etc,root,modules}
: >"$root/disks"
install_binary "$(command -v busybox)"
for binary in "${binaries[@]}"; do install_binary "$binary"; done
for path in ${paths[@]+"${paths[@]}"}; do
  mkdir -p "$root$(dirname "$path")"
  cp -rL "$path" "$root$(dirname "$path")/"
  while read -r file; do install_libraries "$file"; done < <(find -L "$path" -type f)
done
machine=() total_mib=0
add_disk() { # NUMBER FOLDER
  local image=$work/disk$1.img mib library
  mib=$(du -sm --apparent-size "$2" | cut -f1)
  PATH=$PATH:/sbin:/usr/sbin mke2fs -q -t ext4 -O ^has_journal -i 4096 -d "$2" "$image" $((mib * 5 / 4 + 64))M 2>/dev/null
  while read -r library; do
    case $library in "$2"/*) ;; *) install_library "$library" ;; esac
  done < <(find "$2" -type f \( -name '*.so' -o -name '*.so.*' -o -path '*/bin/*' \) -exec ldd {} + 2>/dev/null | grep -oE '/[^ ]+ \(0x' | cut -d' ' -f1 | sort -u)
  machine+=(-drive "file=$image,if=none,id=disk$1,format=raw,readonly=on" -device "virtio-blk-pci,drive=disk$1")
  printf '/dev/vd%s %s\n' "$(printf '%b' "\\x$((61 + $1))")" "$2" >>"$root/disks"
}
if [ ${#disks[@]} != 0 ]; then
  version=$(basename "$kernel") number=0
  version=${version#vmlinuz-}
  for module in virtio_pci virtio_blk; do
    PATH=$PATH:/sbin:/usr/sbin modprobe -S "$version" --show-depends "$module" | sed -n 's/^insmod \([^ ]*\).*/\1/p'
  done | awk '!seen[$0]++' | while read -r module; do
    cp "$module" "$root/modules/$((number++)).ko" # in the order in which they need one another
  done
  for number in "${!disks[@]}"; do add_disk "$number" "${disks[$number]}"; done
fi
cp "$script" "$root/script"
cat >"$root/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin HOME=/root TERM=dumb
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/shm
mount -t tmpfs shm /dev/shm
[ -n "$(ls /tmp)" ] || mount -t tmpfs tmp /tmp # not over a PATH of the caller's
mount -t cgroup2 cgroup /sys/fs/cgroup 2>/dev/null
for module in /modules/*.ko; do [ ! -e "$module" ] || insmod "$module"; done
while read -r device folder; do
  mkdir -p "$folder"
  mount -t ext4 -o ro "$device" "$folder"
done </disks
stty -F /dev/ttyS0 -onlcr
echo lab-guest-begin
sh /script </dev/null 2>&1
echo "lab-guest-end:$?"
reboot -f
INIT
chmod +x "$root/init"
(cd "$root" && find . -mindepth 1 | cpio -o -H newc --quiet) >"$work/initrd"

# --- the machine ---
memory() { # NODE MIB
  machine+=(-object "memory-backend-ram,id=mem$1,size=$(($2 * times))M")
  total_mib=$((total_mib + $2 * times))
}
node() { # NODE CPUS MIB
  memory "$1" "$3"
  machine+=(-numa "node,nodeid=$1,cpus=$2,memdev=mem$1")
}
distance() { machine+=(-numa "dist,src=$1,dst=$2,val=$3"); }
two_packages=(-smp 4,sockets=2,cores=2,threads=1)
case $preset in
  two) node 0 0-1 256; node 1 2-3 256; machine+=("${two_packages[@]}") ;;
  roomy) node 0 0-1 3072; node 1 2-3 3072; machine+=("${two_packages[@]}") ;;
  memory)
    node 0 0-1 256; node 1 2-3 256; memory 2 256
    machine+=(-numa node,nodeid=2,memdev=mem2 "${two_packages[@]}")
    distance 0 1 21; distance 0 2 17; distance 1 2 28 ;;
  cpu) node 0 0-1 384; machine+=(-numa node,nodeid=1,cpus=2-3 "${two_packages[@]}") ;;
  four)
    for i in 0 1 2 3; do node $i $((2 * i))-$((2 * i + 1)) 192; done
    machine+=(-smp 8,sockets=2,cores=4,threads=1)
    distance 0 1 12; distance 2 3 12
    for i in 0 1; do for j in 2 3; do distance $i $j 32; done; done ;;
  uneven) node 0 0-2 384; node 1 3 128; machine+=(-smp 4,sockets=1,cores=4,threads=1) ;;
  *) echo "numa_guest.sh: unknown preset '$preset'" >&2; exit 2 ;;
esac

# The guest's clock goes on while it waits for a CPU, and what runs in it gives up: it comes first, where we may say so.
first=()
if nice -n -10 true 2>/dev/null && [ "$(nice -n -10 nice 2>/dev/null)" -lt "$(nice)" ]; then first=(nice -n -10); fi
status=0
${first[@]+"${first[@]}"} timeout "$seconds" qemu-system-x86_64 -nodefaults -no-user-config -machine q35 -accel tcg -cpu max \
  -m "$total_mib" "${machine[@]}" -kernel "$kernel" -initrd "$work/initrd" \
  -append 'console=ttyS0 quiet panic=-1 random.trust_cpu=on tsc=reliable no_timer_check' \
  -display none -monitor none -serial stdio -no-reboot </dev/null >"$work/raw" 2>"$work/errors" || status=$?
tr -d '\r' <"$work/raw" >"$work/log"

sed -n '/^lab-guest-begin$/,/^lab-guest-end:/{/^lab-guest-/!p}' "$work/log"
guest_status=$(sed -n 's/^lab-guest-end:\([0-9]*\)$/\1/p' "$work/log")
if [ -n "$guest_status" ]; then exit "$guest_status"; fi
grep -v 'warning: TCG' "$work/errors" >&2 || true
[ "$status" = 124 ] && { echo "numa_guest.sh: no end after $seconds s" >&2; exit 124; }
tail -20 "$work/log" >&2
exit 125
