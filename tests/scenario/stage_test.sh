#!/usr/bin/env bash
# run --stage: a copy of a file in each placement's own memory, the same bytes, gone at the end and after SIGKILL.
# shellcheck disable=SC2016  # words for the sh of each command
. "$(dirname "$0")/../lib.sh"
cd "$T"
head -c 3000001 /dev/urandom >"data with a blank.bin"
file="data with a blank.bin"

check_equal "{staged} holds the same bytes, in memory, on every placement" "$("$HLAUNCH" plan --per cores:1 --json | grep -c '"mem_policy"') same" \
    "$("$HLAUNCH" run --per cores:1 --stage "$file" -- sh -c 'cmp "$0" "$1" && readlink "$0"' '{staged}' "$file" | grep -c '^/memfd:') same"
check_equal "words around it stay, and a child of the command finds it in HLAUNCH_STAGED" "a{x}b $(cksum <"$file")" \
    "$("$HLAUNCH" run --per machine --stage "$file" -- sh -c 'printf "%s " "$0"; sh -c "cksum <\"\$HLAUNCH_STAGED\""' 'a{x}b')"
check_exit "nobody can write to it" 1 "$HLAUNCH" run --per machine --stage "$file" -- sh -c 'exec 2>/dev/null; echo x >"$0" || exit 7' '{staged}'
check "nor is the file touched by that" test "$(stat -c %s "$file")" = 3000001
check "the journal of a run folder knows of it" bash -c '"$1" run --quiet --per machine --output out --stage "$2" -- cmp {staged} "$2" && grep -q "\"event\":\"staged\"" out/journal.jsonl' _ "$HLAUNCH" "$file"

truncate -s 8T huge
check_equal "more than the memory: one warning, and the file itself is read" "$T/huge 1" \
    "$("$HLAUNCH" run --per machine --stage huge -- echo '{staged}' 2>warned) $(grep -c 'huge is not staged.*available' warned)"
says "a file that is not there" 2 "no-such.h5: No such file" "$HLAUNCH" run --stage no-such.h5 -- touch started
says "a folder" 2 "no regular file" "$HLAUNCH" run --stage . -- touch started
says "a device" 2 "no regular file" "$HLAUNCH" run --stage /dev/zero -- touch started
mkfifo pipe
says "a pipe, that is not waited for" 2 "no regular file" timeout 120 "$HLAUNCH" run --stage pipe -- touch started
says "an empty name" 2 "needs the FILE" "$HLAUNCH" run --stage "" -- touch started
says "no name" 2 "needs the FILE" "$HLAUNCH" run --stage -- touch started
says "a file where the YAML names it" 2 "the YAML names the data" "$HLAUNCH" run --stage "$file" --config "$file" --output out2
check "nothing was started by any of these" test ! -e started

# SIGKILL: neither a name in /dev/shm nor memory is left, which is the copy's as long as somebody holds it.
head -c 8M /dev/zero >large.bin
background "$HLAUNCH" run --per machine --stage large.bin -- sh -c 'exec 3<"$0"; echo $$ >reads; exec sleep 300' '{staged}'
pid=$BACKGROUND_PID
check "a command holds the copy open" wait_for 30 test -s reads
copy=$(stat -L -c %i "/proc/$(cat reads)/fd/3")
check_equal "the copy is in memory" "$((8 << 20))" "$(($(stat -L -c %b "/proc/$(cat reads)/fd/3") * 512))"
check_equal "and has no name in /dev/shm" "" "$(find /dev/shm -inum "$copy" -size -8193k -size +8191k)"
kill -KILL "$pid"
wait "$pid" 2>/dev/null || :
# Their inodes, of all processes: nobody maps it.
held() { find /proc/[0-9]*/fd -lname '/memfd:hlaunch-stage*' -exec stat -L -c '=%i=' {} + 2>/dev/null | grep -c "=$copy=" || :; }
none_held() { [ "$(held)" = 0 ]; }
check "nobody holds it after SIGKILL of hlaunch" wait_for 10 none_held
summary
