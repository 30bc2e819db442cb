#!/usr/bin/env bash
# Run folders that others may read, write to, or own: nothing in them is reached through a link, nothing a file says is signalled, no lock
# is another user's to hold.
# shellcheck disable=SC2016  # words for the sh of each command
. "$(dirname "$0")/../lib.sh"
if [ "$(id -u)" != 0 ] || ! setpriv --reuid=65534 --regid=65534 --clear-groups true 2>/dev/null; then
    skip "shared run folders" "a second user is needed: run this test as root, with setpriv"
    summary
fi
chmod 711 "$T"
cd "$T"
app="$(command -v python3) $REPO/tests/scenario/fake_homodyne.py"
job() { "$HLAUNCH" run --mode cmc --per machine --config "$T/config2.yaml" --app "$app" "$@" >/dev/null; }
cat >config2.yaml <<'EOF'
analysis_mode: static
parameter_space: {bounds: [{name: D0, min: 18000, max: 38000, prior_mu: 28000, prior_sigma: 2000},
                           {name: alpha, min: -1.5, max: 0.5, prior_mu: -0.5, prior_sigma: 0.2}]}
EOF

# A run folder that others may write to: said, and nothing in it is reached through a link.
thesis() { rm -rf thesis && mkdir thesis && echo precious >thesis/chapter && echo precious >thesis/precious.txt; }
thesis_stands() { check_equal "$1: what the link points to stands" "chapter precious.txt precious precious" "$(find thesis -mindepth 1 -printf "%f\n" | sort | xargs) $(cat thesis/* | xargs)"; }
thesis
mkdir run && chgrp 100 run && chmod 2775 run
job --output run 2>run.err
check "a group's folder is said at the start" grep -q "warning: the run folder $T/run may be written by the group 100 (mode 2775).*links in it are not followed" run.err
mkdir private && job --output private 2>private.err
check "of one's own nothing is said" bash -c '! grep "run folder" private.err'
chown 65534 private
job --output private 2>private.err
check "another's folder is said" grep -q "the run folder $T/private belongs to user 65534" private.err
# Each folder that is emptied or written into, with --fresh and without.
for name in nlsq nlsq/cache nlsq/out nlsq/work parts parts/000 parts/000/cache parts/000/cache/jit parts/000/shards merged merged/cmc evaluate evaluate/out survey survey.new; do
    for fresh in "" --fresh; do
        case $fresh$name in --freshnlsq | --freshparts | --freshmerged/cmc | --freshsurvey) ;; --fresh*) continue ;; esac
        rm -rf bad && cp -r run bad && chmod 2775 bad
        mkdir -p "bad/$name" && rm -rf "bad/$name" && ln -s "$T/thesis" "bad/$name"
        # What was drawn is not there any more: it is drawn again, or refused.
        rm -f bad/parts/*/shards/*.npz
        code=0
        # shellcheck disable=SC2086
        job --output bad $fresh 2>bad.err || code=$?
        thesis_stands "$name is a link, ${fresh:-resumed}"
        [ "$code" = 0 ] || [ "$code" = 3 ] && pass "$name is a link, ${fresh:-resumed}: replaced or refused" || fail "$name is a link, ${fresh:-resumed}: replaced or refused" "exit $code: $(tail -n 1 bad.err)"
    done
done
# Each file that is written, and FIFOs in its place: nothing hangs.
for name in plan.json status.json .status.json.tmp usage.svg memory.json journal.jsonl journal.jsonl.lock journal.jsonl.flock journal.jsonl.receipts merged/merge.json merged/cmc/samples.npz \
    parts/000/proof.json parts/000/usage.csv parts/000/stdout.log parts/000/stderr.log parts/000/task.json parts/000/config.yaml nlsq/task.json nlsq/examination.json stop; do
    for kind in link pipe; do
        case $kind$name in pipeparts/* | pipenlsq/task.json | pipeusage.svg | pipememory.json | pipemerged/*) continue ;; esac
        rm -rf bad && cp -r run bad && rm -f "bad/$name" bad/parts/*/shards/*.npz
        mkdir -p "$(dirname "bad/$name")"
        if [ $kind = link ]; then ln -s "$T/thesis/precious.txt" "bad/$name"; else mkfifo "bad/$name"; fi
        code=0
        timeout 120 "$HLAUNCH" run --mode cmc --per machine --config config2.yaml --app "$app" --quiet --output bad >/dev/null 2>bad.err || code=$?
        thesis_stands "$name is a $kind"
        case $code in 0 | 2 | 3) pass "$name is a $kind: replaced or refused" ;; *) fail "$name is a $kind: replaced or refused" "exit $code: $(tail -n 1 bad.err)" ;; esac
    done
done
# A secret behind a link is not copied to where the group reads.
mkdir -p secrets && echo secret >secrets/id && rm -rf bad && cp -r run bad && rm -rf bad/merged bad/evaluate/out/cmc/fitted_data.npz && mkdir -p bad/nlsq/out/nlsq bad/evaluate/out/cmc
ln -s "$T/secrets/id" bad/nlsq/out/nlsq/id && ln -s "$T/secrets/id" bad/evaluate/out/cmc/fitted_data.npz && ln -s "$T/secrets/id" bad/evaluate/out/cmc/a.png
job --output bad 2>/dev/null || :
check_equal "a secret behind a link is not copied" "" "$(grep -rl '^secret$' bad/merged 2>/dev/null || :)"
# Queues and commands.
printf 'echo one\necho two\n' >tasks
mkdir -p q/tasks r/parts && touch q/plan.json r/plan.json && ln -s "$T/thesis" q/tasks/000 && ln -s "$T/thesis" r/parts/000
says "a queue whose logs would go through a link" 3 "a link stands there" "$HLAUNCH" queue tasks --output q --quiet
says "a command whose logs would" 3 "a link stands there" "$HLAUNCH" run --per machine --output r --quiet -- echo hi
rm -rf q r && mkdir -p q/tasks/000 && touch q/plan.json && ln -s "$T/thesis/chapter" q/tasks/000/000001.out
check_exit "a task's log that is a link" 3 "$HLAUNCH" queue tasks --output q --quiet
thesis_stands "logs of queues and commands"
# The folder itself may be reached through a link that the user typed.
mkdir real && ln -s real typed
check "--output through a link that the user typed" job --output typed
check "is the folder behind it" test -s real/merged/merge.json

# stop: a folder of another, and what it names.
stopped() { printf '{"boot_id":"%s","folder_id":"%s","host":"%s","nonce":"n","pid":%s,"pid_namespace":"%s","since":"2026-01-01T00:00:00.000Z","start_ticks":%s}\n' "$@"; }
boot=$(cat /proc/sys/kernel/random/boot_id) space=$(readlink /proc/self/ns/pid) host=$(uname -n)
background sleep 300
pid=$BACKGROUND_PID ticks=$(awk '{print $22}' "/proc/$BACKGROUND_PID/stat")
folder_id() { printf '%x:%x' "$(stat -c %d "$1")" "$(stat -c %i "$1")"; }
rm -rf trap && mkdir trap && : >trap/journal.jsonl && ln -s "$T/thesis/precious.txt" trap/stop
printf '{"format":"hlaunch-status","version":1,"state":"running","host":"elsewhere","boot_id":"b","pid_namespace":"p","pid":1,"start_ticks":1,"folder_id":"1:1"}\n' >trap/status.json
chown -R 65534:65534 trap
says "stop on another's folder" 2 "belongs to user 65534: only they can stop" "$HLAUNCH" stop trap
chown 0:0 trap
check "stop where a link stands for the stop file" "$HLAUNCH" stop trap
thesis_stands "stop"
rm trap/stop
check "stop leaves a file" "$HLAUNCH" stop trap
check "which is one" test -f trap/stop
check "asked twice" "$HLAUNCH" stop trap
rm -f trap/status.json trap/stop
for forged in "$boot|$(folder_id trap)|$host|$space|$ticks" "||||0" "|$(folder_id trap)|$host|$space|$ticks" "$boot||$host|$space|$ticks" "$boot|$(folder_id trap)|$host||$ticks" "$boot|$(folder_id trap)|$host|$space|0" "$boot|$(folder_id trap)||$space|$ticks"; do
    IFS='|' read -r a b c d e <<<"$forged"
    for owner in 0 65534; do
        stopped "$a" "$b" "$c" "$pid" "$d" "$e" >trap/journal.jsonl.lock
        chown $owner trap/journal.jsonl.lock
        code=0
        "$HLAUNCH" stop trap >stop.out 2>stop.err || code=$?
        rm -f trap/stop
        check "a lock that names any process ($forged, of user $owner): it lives" kill -0 "$pid"
        case $code in 0 | 2) pass "and is told as what it is" ;; *) fail "and is told as what it is" "exit $code" ;; esac
    done
done
stopped "$boot" "$(folder_id trap)" "$host" "$pid" "$space" "$ticks" >trap/journal.jsonl.lock
says "a pid that is no hlaunch" 2 "names process $pid, which is no hlaunch of the user who wrote that" "$HLAUNCH" stop trap
# An hlaunch indeed, but of another user than who wrote the lock.
background "$HLAUNCH" run --per machine --output mine.run --quiet -- sleep 300
check "a run of one's own" wait_for 30 grep -q '"start"' mine.run/journal.jsonl
sed "s/\"folder_id\":\"[^\"]*\"/\"folder_id\":\"$(folder_id trap)\"/" mine.run/journal.jsonl.lock >trap/journal.jsonl.lock && chown 65534 trap/journal.jsonl.lock
says "an hlaunch of another user than the lock's" 2 "no hlaunch of the user who wrote that" "$HLAUNCH" stop trap
check "which still runs" kill -0 "$BACKGROUND_PID"
check "one's own is stopped" "$HLAUNCH" stop mine.run --wait

# Locks that another user could hold: whoever can read a folder, as most can.
hold='import fcntl, sys, time
held = []
for path in sys.argv[2:]:
    try:
        held.append(open(path))
        fcntl.flock(held[-1], fcntl.LOCK_EX)
    except OSError as error:
        print(path, type(error).__name__, file=sys.stderr)
open(sys.argv[1], "w")
time.sleep(300)'
"$HLAUNCH" run --per machine --output locked --quiet -- false 2>/dev/null || :
touch locked/journal.jsonl.receipts locked/journal.jsonl.flock && chmod 644 locked/journal.jsonl.receipts locked/journal.jsonl.flock # of a former version
mkdir -m 777 held
background setpriv --reuid=65534 --regid=65534 --clear-groups /usr/bin/python3 -c "$hold" "$T/held/all" locked/journal.jsonl locked/plan.json
check "another user holds all that can be read" wait_for 30 test -e held/all
# modes FOLDER: of what is locked, while it is.
modes() { "$HLAUNCH" run --per machine --output "$1" --quiet -- sh -c 'stat -c "%a" "$0/journal.jsonl.flock" "$0/journal.jsonl.receipts" >&2' "$1" && xargs <"$1/parts/000/stderr.log"; }
check_equal "the run goes on, with locks that nobody else can open" "600 600" "$(modes locked)"
mkdir -m 2775 colleagues && chgrp 100 colleagues && chmod 2775 colleagues
check_equal "of a group's folder the group may lock" "660 660" "$(modes colleagues)"
check "and nothing of them is left" bash -c '! ls locked colleagues | grep "flock\|receipts"'

# --key-env: what can be tried out is hashed with a secret.
PIN=4711 "$HLAUNCH" run --per machine --output pin --key-env PIN --quiet -- true
check_equal "the secret is the user's alone" "600 32" "$(stat -c '%a %s' "$XDG_STATE_HOME/hlaunch/secret")"
check "another state folder knows nothing of it" bash -c 'PIN=4711 XDG_STATE_HOME="$1/other" "$2" run --per machine --output pin2 --key-env PIN --quiet -- true &&
    ! diff <(grep -o "\"keys\":[^]]*" pin/journal.jsonl) <(grep -o "\"keys\":[^]]*" pin2/journal.jsonl)' _ "$T" "$HLAUNCH"
chmod 644 "$XDG_STATE_HOME/hlaunch/secret"
PIN=4711 says "a secret that others can read" 3 "no secret of yours alone" "$HLAUNCH" run --per machine --output pin --key-env PIN --quiet -- true
chmod 600 "$XDG_STATE_HOME/hlaunch/secret"

summary
