#!/usr/bin/env bash
# Files made to crash, hang or fill whoever reads them: refused in one line, soon, in little memory.
# shellcheck disable=SC2016  # words for the sh of each command
. "$(dirname "$0")/../lib.sh"
cd "$T"
# within MIB COMMAND...: with so much address space, and soon.
within() { (ulimit -v $(($1 * 1024)) && exec timeout 120 "${@:2}"); }

# Topologies.
"$HLAUNCH" topo --topology 'pack:1 core:2 pu:1' >/dev/null
if command -v lstopo-no-graphics >/dev/null && lstopo-no-graphics -i 'pack:1 core:2 pu:1' --of xml --force good.xml 2>/dev/null; then
    check "lstopo's own XML is read" "$HLAUNCH" topo --topology good.xml
    sed 's/ cpuset="[^"]*"/ cpuset="0xf...f"/' good.xml >infinite.xml
    sed "s/ cpuset=\"[^\"]*\"/ cpuset='0xf...f'/" good.xml >quoted.xml
    sed 's/ complete_cpuset="[^"]*"/ complete_cpuset="0xf...f,0x0"/' good.xml >complete.xml
    sed "s/ cpuset=\"[^\"]*\"/ cpuset=\"0x$(head -c 70000 /dev/zero | tr '\0' f)\"/" good.xml >long.xml
    for xml in infinite quoted complete; do
        says "infinitely many CPUs ($xml)" 2 "infinitely many CPUs" within 2000 "$HLAUNCH" topo --topology $xml.xml
    done
    says "an endless set of CPUs" 2 "longer than 64 KiB" within 2000 "$HLAUNCH" topo --topology long.xml
    printf '<?xml version="1.0"?><!-- <object><object> --><topology version="2.0">' >deep.xml
    for _ in $(seq 400); do printf '<object type="Group" os_index="0" cpuset="0x1" gp_index="1" note="a>b">'; done >>deep.xml
    says "objects in objects" 2 "nests 200 elements and more" within 2000 "$HLAUNCH" plan --topology deep.xml
    python3 -c 'open("deepest.xml", "w").write("<topology version=\"2.0\">" + "<object type=\"Group\">" * 20000 + "</object>" * 20000 + "</topology>")'
    says "20,000 of them" 2 "nests 200 elements and more" within 2000 "$HLAUNCH" plan --topology deepest.xml
    printf '%s' "$(sed 's/name="CPUModel" value="[^"]*"//; s#<object type="Package"[^>]*>#&<info name="CPUModel" value="a\&\#27;]0;owned"/>#' good.xml)" >steer.xml
    check "a CPU's model steers no terminal" bash -c '! "$1" topo --topology steer.xml | grep -q "$(printf "\033")"' _ "$HLAUNCH"
else
    skip "hostile topologies" "no lstopo-no-graphics to make one from"
fi

# Draws that unpack to gigabytes; FIFOs in place of files.
python3 - <<'EOF'
import zipfile, struct
header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1, 4, 60000000), }"
header += b" " * (63 - (len(header) + 10) % 64) + b"\n"
with zipfile.ZipFile("bomb.npz", "w", zipfile.ZIP_DEFLATED) as file:
    with file.open("samples.npy", "w", force_zip64=True) as member:
        member.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header)
        for _ in range(1920):
            member.write(bytes(1000000))
EOF
mkdir -p bomb/parts/000/shards && cp bomb.npz bomb/parts/000/shards/shard_0.npz
mkdir -p whole/cmc && cp bomb.npz whole/cmc/samples.npz
printf '{}' >whole/cmc/parameters.json && printf '{}' >whole/cmc/diagnostics.json
check "it is small" test "$(stat -c %s bomb.npz)" -lt 4000000
says "draws of two gigabytes of zeros" 2 "inflates to more than 100 times its size\|has no array\|is no" within 600 "$HLAUNCH" merge bomb --kind shards --output m
says "in an output of homodyne's" 2 "inflates to more than 100 times its size" within 600 "$HLAUNCH" merge whole whole --kind replicas --output m
mkfifo pipe
mkdir -p piped/cmc pipes/parts/000/shards && mkfifo piped/cmc/samples.npz piped/cmc/parameters.json piped/cmc/diagnostics.json pipes/parts/000/shards/shard_0.npz
check_exit "FIFOs for an output" 2 timeout 60 "$HLAUNCH" merge piped piped --kind replicas --output m
check_exit "a FIFO for draws" 2 timeout 60 "$HLAUNCH" merge pipes --kind shards --output m
check_exit "a FIFO for the config of a merge" 2 timeout 60 "$HLAUNCH" merge whole whole --kind replicas --config pipe --output m
check_exit "a FIFO for a config" 2 timeout 60 "$HLAUNCH" run --config pipe --output out --app true
mkdir run && mkfifo run/journal.jsonl
for words in "status run" "logs run" "stop run" "merge whole --kind replicas --output run" "queue tasks --output run" "script slurm --no-forecast --node this --config config.yaml --output run"; do
    printf 'true\n' >tasks
    printf 'analysis_mode: static\nexperimental_data: {data_folder_path: "%s", data_file_name: config.yaml}\n' "$T" >config.yaml
    code=0
    # shellcheck disable=SC2086
    timeout 60 "$HLAUNCH" $words >/dev/null 2>&1 || code=$?
    check "a FIFO for a journal: $words does not wait" test "$code" != 124
done

# Tables of scans.
python3 -c 'print("data," + ",".join(f"l{i}" for i in range(100000))); print("a.h5" + "," * 100000)' >wide.csv
says "a table of 100,000 columns" 2 "names 100001 columns; at most 1000" timeout 20 "$HLAUNCH" campaign --config config.yaml --table wide.csv --output c --app true
python3 -c '
for i in range(3000):
    print(f"[[scan]]\ndata = \"a.h5\"\nname = \"n{i}\"\nl{i} = 1")' >wide.toml
says "tables of TOML with as many" 2 "more than 1000 keys" timeout 20 "$HLAUNCH" campaign --config config.yaml --table wide.toml --output c --app true

# A large journal: its events are read, its text is not held beside them.
"$HLAUNCH" run --per machine --output big --quiet -- true
python3 - <<'EOF'
line = open("big/journal.jsonl", "rb").read()
noise = b"0123456789abcdef " + b'{"event": "note", "text": "' + b"x" * 4000 + b'"}\n'
with open("big/journal.jsonl", "ab") as file:
    for _ in range(60000):
        file.write(noise)
    file.write(line)
EOF
check "a journal of 240 MB, most of it damaged, in 200 MiB" within 200 "$HLAUNCH" status big

# What a program wrote into its log steers no terminal; piped it is as it was.
"$HLAUNCH" run --per machine --instances 1 --output steer --quiet -- printf 'a\033]0;owned\a\302\2331m b\n\tgr\303\274n\n'
check_equal "piped logs are as they were" "$(printf 'a\033]0;owned\a\302\2331m b\n\tgr\303\274n\n' | cksum)" "$("$HLAUNCH" logs steer 0 --stdout | cksum)"
python3 - "$HLAUNCH" >seen <<'EOF'
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], [sys.argv[1], "logs", "steer", "0", "--stdout"])
out = b""
try:
    while piece := os.read(fd, 4096):
        out += piece
except OSError:
    pass
os.waitpid(pid, 0)
sys.stdout.buffer.write(out)
EOF
check_equal "on a terminal nothing of it steers" "$(printf 'a?]0;owned???1m b\r\n\tgr\303\274n\r\n' | cksum)" "$(cksum <seen)"
summary
