#!/usr/bin/env bash
# Run folders on file systems that are full, read-only or gone: one clear line, nothing left running, and with room the same command does the rest.
# Mounts live in a mount namespace of this test, so that none is left.
if [ -z "${FAULTS_MOUNTS:-}" ]; then
    for how in -m -rm; do
        # shellcheck disable=SC2016
        if unshare "$how" sh -c 'mount -t tmpfs -o size=1m none "$1"' _ /mnt 2>/dev/null; then FAULTS_MOUNTS=yes exec unshare "$how" bash "$0"; fi
    done
fi
. "$(dirname "$0")/faults.sh"
if [ -z "${FAULTS_MOUNTS:-}" ]; then
    skip "run folders on full, read-only and vanished file systems" "cannot mount a tmpfs here (needs root or user namespaces)"
    summary
fi

small() { mkdir -p "$1" && mount -t tmpfs -o "size=$2,nr_inodes=${3:-4000},mode=755" none "$1"; }
# Until nothing more goes in.
fill_bytes() { dd if=/dev/zero of="$1/ballast" bs=1M status=none 2>/dev/null || :; dd if=/dev/zero of="$1/crumbs" bs=512 status=none 2>/dev/null || :; }
fill_files() { python3 -c 'import itertools, sys
try:
    for i in itertools.count(): open(f"{sys.argv[1]}/ballast.{i}", "w").close()
except OSError: pass' "$1"; }
empty() { rm -rf "$1"/ballast* "$1/crumbs"; }

# refused NAME RUNNER WHAT DIR: exit 3, one line, nothing was started.
refused() {
    local dir=$T/plain.$FAULTS_TRIED code=0 why=
    mkdir "$dir"
    touch "$dir/go"
    hlaunch_of "$2" plain "$dir" "fault.$$.$FAULTS_TRIED."
    COMMAND=("${COMMAND[@]/#$dir\/out/$4/out}")
    ${AS_OTHER[@]+"${AS_OTHER[@]}"} timeout "$PATIENCE" "${COMMAND[@]}" >"$dir/stdout" 2>"$dir/stderr" </dev/null || code=$?
    [ "$code" = 3 ] || why="exit $code, not 3; "
    [ "$(lines_said "$dir/stderr")" = 1 ] || why+="not one line on stderr; "
    [ ! -e "$dir/done" ] || why+="work was done; "
    judged "$1" "hlaunch $2" "$3" "$why$([ -z "$why" ] || head -c 300 "$dir/stderr")"
}
AS_OTHER=()
for runner in run queue; do
    small "$T/tiny" 1m
    refused "run folder on a tmpfs of 1 MiB" "$runner" "exit 3, one line; nothing is started" "$T/tiny"
    umount "$T/tiny"
    small "$T/few" 80m 3
    fill_files "$T/few"
    refused "no inode is free before the start" "$runner" "exit 3, one line; nothing is started" "$T/few"
    umount "$T/few"
    small "$T/ro" 80m
    mkdir "$T/ro/out" && touch "$T/ro/out/plan.json"
    mount -o remount,ro "$T/ro"
    refused "run folder on a read-only file system" "$runner" "exit 3, one line; nothing is started" "$T/ro"
    umount "$T/ro"
    if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
        mkdir -m 755 "$T/not-mine"
        AS_OTHER=(setpriv --reuid 54321 --clear-groups)
        refused "run folder may not be written to (not root)" "$runner" "exit 3, one line; nothing is started" "$T/not-mine"
        AS_OTHER=()
        rmdir "$T/not-mine"
    else
        skip "run folder may not be written to" "needs root and setpriv"
    fi
done

# begin RUNNER KIND FILES [WRAPPER...]: a run folder on a tmpfs of its own, its work begun. Sets dir, disk, token, hlaunch, WHY.
begin() {
    dir=$T/disk.$FAULTS_TRIED disk=$T/disk.$FAULTS_TRIED/fs token=fault.$$.$FAULTS_TRIED. WHY=
    runner=$1 kind=$2
    mkdir "$dir"
    small "$disk" 80m "$3"
    hlaunch_of "$runner" "$kind" "$dir" "$token"
    COMMAND=("${COMMAND[@]/#$dir\/out/$disk/out}")
    shift 3
    background "$@" "${COMMAND[@]}" >"$dir/stdout" 2>"$dir/stderr" </dev/null
    hlaunch=$BACKGROUND_PID
    wait_for "$PATIENCE" test -s "$dir/root.1" -a -s "$dir/worker.1" || WHY+="the work did not begin; "
}
# finish FAULT WHAT CODES: the end as it should be, then with room the same command again: each piece done, at most one a slot twice.
finish() {
    local code fine
    ended_code "$hlaunch"
    [[ " $3 " = *" $CODE "* ]] || WHY+="exit $CODE, not $3; $(head -c 300 "$dir/stderr")"
    [ "$(lines_said "$dir/stderr")" -le 1 ] || WHY+="more than a line on stderr: $(head -n 3 "$dir/stderr" | cut -c 1-200 | tr '\n' '|'); "
    code=$CODE
    if ! wait_for "$PATIENCE" none_holds "$token"; then
        WHY+="something is left running; "
        # shellcheck disable=SC2046
        kill -KILL $(holders "$token") 2>/dev/null || :
    fi
    empty "$disk"
    touch "$dir/go"
    if [ "$runner" = queue ] || [ "$code" != 0 ]; then
        timeout "$PATIENCE" "${COMMAND[@]}" >"$dir/again.out" 2>"$dir/again.err" </dev/null || WHY+="again: exit $?, $(head -c 300 "$dir/again.err"); "
    fi
    none_holds "$token" || WHY+="again: something is left; "
    fine=$([ "$runner" = run ] && echo 1 || echo 1 2 3)
    [ "$(sort -nu "$dir/done" | xargs)" = "$fine" ] || WHY+="work done: '$(lines_of "$dir/done")'; "
    # An end that could not be written to a full disk is not known: at least once.
    [ "$(wc -l <"$dir/done")" -le $(($(wc -w <<<"$fine") + $(nproc))) ] || WHY+="work done: '$(lines_of "$dir/done")'; "
    judged "$1" "hlaunch $runner" "exit $([ -z "$WHY" ] && echo "$code" || echo "$3"); $2" "$WHY"
    umount -l "$disk" 2>/dev/null || :
}

# Full while it runs. The runner of copies looks each 5 s and stops what runs; a queue learns it from its journal's next line.
stopped="what runs is stopped, told as a full disk; with room, again: done"
begin run plain 4000 && fill_bytes "$disk" && finish "disk full by bytes while it runs" "$stopped" 3
begin run deaf 4000 && fill_bytes "$disk" && finish "disk full by bytes while it runs; deaf" "$stopped" 3
begin run plain 2000 && fill_files "$disk" && finish "disk full by inodes while it runs" "$stopped" 3
for runner in run queue; do
    for signal in TERM KILL; do
        code=$((128 + $(kill -l $signal)))
        begin "$runner" plain 4000
        fill_bytes "$disk"
        kill -s "$signal" "$hlaunch"
        finish "disk full, then SIG$signal of hlaunch" "nothing is left; with room, again: done" "$code 3"
    done
done
# Only ends can tell a queue.
begin queue plain 4000
fill_bytes "$disk"
touch "$dir/go"
finish "disk full by bytes while it runs" "its journal can hold the ends, or it stops at once; with room, again: done" "0 3"
# Its logs need inodes where they hold anything, its journal needs none: no task failed.
begin queue plain 2000
fill_files "$disk"
touch "$dir/go"
finish "disk full by inodes while it runs" "tasks that write nothing need none; done" "0"
cp work.sh silent.sh
sed -i '1i echo said' work.sh
begin queue plain 2000
fill_files "$disk"
touch "$dir/go"
finish "disk full by inodes while it runs, of tasks that write" "stopped, told as a full disk; with room, again: done" "3"
mv silent.sh work.sh
# The log of an instance hits the full disk: bounded, a little more than fits.
cat >writer.sh <<'WRITER'
echo $$ >"$1/root.1" && echo $$ >"$1/worker.1"
[ -e "$1/go" ] || head -c 100000000 /dev/zero || exit 1
echo 1 >>"$1/done"
WRITER
WORK=$(cat work.sh)
cp writer.sh work.sh
sed -i 's/\$1/$2/g' work.sh
begin run plain 4000 && rm -f "$disk/none"
# What fills it is its own log: room is made as a user would.
ended_code "$hlaunch"
if [ "$CODE" = 1 ] || [ "$CODE" = 3 ]; then why=; else why="exit $CODE; "; fi
grep -q "disk-full\|is full" "$dir/stderr" || why+="does not tell of a full disk: $(cat "$dir/stderr"); "
: >"$disk/out/parts/000/stdout.log"
touch "$dir/go"
"${COMMAND[@]}" >"$dir/again.out" 2>"$dir/again.err" </dev/null || why+="again: exit $?, $(head -c 300 "$dir/again.err"); "
[ "$(lines_of "$dir/done")" = 1 ] || why+="work done: '$(lines_of "$dir/done")'; "
judged "an instance's log fills the disk" "hlaunch run" "exit $CODE; told as disk-full; with room, again: done" "$why"
umount -l "$disk"
printf '%s\n' "$WORK" >work.sh

# Taken away while it runs. A journal that is gone cannot tell what was done: then it is done again.
for runner in run queue; do
    for fault in removed unmounted unwritable; do
        case $fault in
        removed) name="run folder deleted while it runs" ;;
        unmounted) name="file system unmounted while it runs" ;;
        unwritable) name="run folder made read-only while it runs (not root)" ;;
        esac
        wrapper=()
        if [ "$fault" = unwritable ]; then
            if [ "$(id -u)" != 0 ] || ! command -v setpriv >/dev/null; then
                skip "$name" "needs root and setpriv"
                continue
            fi
            wrapper=(setpriv --reuid 54321 --clear-groups)
            umask 000 # the other user writes there, too
        fi
        dir=$T/away.$FAULTS_TRIED token=fault.$$.$FAULTS_TRIED. why=
        disk=$dir/fs
        mkdir "$dir"
        mkdir "$disk" && mount -t tmpfs -o "size=80m,mode=1777" none "$disk"
        hlaunch_of "$runner" plain "$dir" "$token"
        COMMAND=("${COMMAND[@]/#$dir\/out/$disk/out}")
        background ${wrapper[@]+"${wrapper[@]}"} "${COMMAND[@]}" >"$dir/stdout" 2>"$dir/stderr" </dev/null
        umask 022
        wait_for "$PATIENCE" test -s "$dir/root.1" -a -s "$dir/worker.1" || why+="the work did not begin; "
        case $fault in
        removed) rm -rf "$disk/out" ;;
        unmounted) umount -l "$disk" ;;
        unwritable) find "$disk/out" -type d -exec chmod 555 {} + ;;
        esac
        touch "$dir/go"
        ended_code "$BACKGROUND_PID"
        [ "$CODE" = 0 ] || [ "$CODE" = 1 ] || [ "$CODE" = 3 ] || why+="exit $CODE; "
        [ "$(lines_said "$dir/stderr")" -le 1 ] || why+="more than a line on stderr; "
        [ "$CODE" = 0 ] || [ -s "$dir/stderr" ] || why+="exit $CODE without a word; "
        wait_for "$PATIENCE" none_holds "$token" || why+="something is left running; "
        what="exit $CODE; nothing is left running"
        # What could not be started for want of a log has not failed: with the folder back the same command does it. Where the journal is gone it does all.
        if [ "$fault" = unwritable ] && [ "$CODE" != 0 ]; then
            find "$disk/out" -type d -exec chmod 777 {} +
            timeout "$PATIENCE" ${wrapper[@]+"${wrapper[@]}"} "${COMMAND[@]}" >/dev/null 2>"$dir/again.err" </dev/null || why+="again: exit $?, $(head -c 300 "$dir/again.err"); "
            [ "$(lines_of "$dir/done")" = "$([ "$runner" = run ] && echo 1 || echo 1 2 3)" ] || why+="work done: '$(lines_of "$dir/done")'; "
        fi
        # What is told as done is done.
        if [ "$CODE" = 0 ] && [ "$(lines_of "$dir/done")" != "$([ "$runner" = run ] && echo 1 || echo 1 2 3)" ]; then
            why+="exit 0, but work done: '$(lines_of "$dir/done")'; "
        fi
        judged "$name" "hlaunch $runner" "$what" "$why"
        umount -l "$disk" 2>/dev/null || :
    done
done

# Limits of the process itself.
for runner in run queue; do
    for limit in "-f 0" "-n 8" "-n 16"; do
        # The thread sanitizer's own start writes a file, and dies of the limit.
        [ "$limit" != "-f 0" ] || [[ $(ldd "$HLAUNCH") != *libtsan* ]] || continue
        dir=$T/limit.$FAULTS_TRIED token=fault.$$.$FAULTS_TRIED. why='' code=0
        mkdir "$dir" && touch "$dir/go"
        hlaunch_of "$runner" plain "$dir" "$token"
        # shellcheck disable=SC2086
        (ulimit $limit && exec timeout "$PATIENCE" "${COMMAND[@]}" 2>&1 >/dev/null </dev/null) | cat >"$T/limit.err" || code=$?
        [ "$code" = 0 ] || [ "$code" = 1 ] || [ "$code" = 3 ] || why="exit $code; "
        [ "$code" = 0 ] || [ -s "$T/limit.err" ] || why+="exit $code without a word; "
        none_holds "$token" || why+="something is left running; "
        [ "$code" = 0 ] || timeout "$PATIENCE" "${COMMAND[@]}" >/dev/null 2>"$T/limit.err" </dev/null ||
            why+="again: $(head -c 300 "$T/limit.err"); "
        [ "$(lines_of "$dir/done")" = "$([ "$runner" = run ] && echo 1 || echo 1 2 3)" ] || why+="work done: '$(lines_of "$dir/done")'; "
        judged "ulimit $limit" "hlaunch $runner" "exit $code; with a larger limit, again: done" "$why"
    done
done
fault_summary
