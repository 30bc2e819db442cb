#!/usr/bin/env bash
# On machines that others use, too: files that another user owns or may write are not taken for the caller's word.
# Another user is needed, so that most of it runs as root alone.
# shellcheck disable=SC2016  # words for the sh of each command
. "$(dirname "$0")/../lib.sh"
if [ "$(id -u)" != 0 ] || ! setpriv --reuid=65534 --regid=65534 --clear-groups true 2>/dev/null; then
    skip "shared machines" "a second user is needed: run this test as root, with setpriv"
    summary
fi
chmod 711 "$T"
cd "$T"
# An ordinary user who is neither root nor the one whose files these are.
alice() { setpriv --reuid=65533 --regid=65533 --clear-groups env -u XDG_CONFIG_HOME HOME="$T/alice" "$HLAUNCH" "$@"; }
mkdir alice && chown 65533:65533 alice
in_folder() { (cd "$1" && "${@:2}"); }
printf '#!/bin/sh\ntouch "%s/stolen"\n' "$T" >evil && chmod 755 evil
printf '[app]\ncommand = ["%s/evil"]\n' "$T" >evil.toml
printf 'analysis_mode: static\nexperimental_data: {data_folder_path: "%s", data_file_name: config.yaml}\n' "$T" >config.yaml
not_stolen() { check "$1: nothing of it was run" test ! -e stolen; }

# Settings in the folder where the caller stands.
mkdir theirs scratch group listed mine
cp evil.toml theirs/hlaunch.toml && chown -R 65534:65534 theirs
chmod 1777 scratch && cp evil.toml scratch/hlaunch.toml
chgrp 100 group && chmod 2775 group && cp evil.toml group/hlaunch.toml
cp evil.toml listed/hlaunch.toml && chmod 666 listed/hlaunch.toml
for where in theirs scratch group listed; do
    for words in "check ../config.yaml" "plan --per machine" "plan --config ../config.yaml" "estimate ../config.yaml" "--config ../config.yaml --output out" \
        "script slurm --config ../config.yaml --output out" "submit slurm --config ../config.yaml --output out" "campaign --config ../config.yaml --data x --output out" "run --per machine -- true" \
        "queue --output out ../config.yaml" "tune ../config.yaml" "compare ../config.yaml"; do
        # shellcheck disable=SC2086
        says "hlaunch.toml in $where: $words" 2 "./hlaunch.toml .*trust.*folders = \[\"$T/$where\"\]" in_folder "$where" "$HLAUNCH" $words
    done
done
not_stolen "settings that others could have written"
check "the remedy names what is wrong: the owner" bash -c 'cd theirs; "$1" plan 2>&1 | grep "hlaunch.toml belongs to user 65534"' _ "$HLAUNCH"
check "the sticky folder" bash -c 'cd scratch; "$1" plan 2>&1 | grep "is in a folder that may be written by others (mode 1777)"' _ "$HLAUNCH"
check "the group" bash -c 'cd group; "$1" plan 2>&1 | grep "is in a folder that may be written by the group 100 (mode 2775)"' _ "$HLAUNCH"
ln -s "$T/theirs/hlaunch.toml" mine/hlaunch.toml
says "one's own folder with a link to another's file" 2 "hlaunch.toml belongs to user 65534" in_folder mine "$HLAUNCH" plan
rm mine/hlaunch.toml && ln -s "$T/evil.toml" mine/hlaunch.toml && chown -h 65534 mine/hlaunch.toml
says "another's link to one's own file" 2 "hlaunch.toml belongs to user 65534" in_folder mine "$HLAUNCH" plan
rm mine/hlaunch.toml
if command -v setfacl >/dev/null && cp evil.toml mine/hlaunch.toml && setfacl -m u:65534:rw mine/hlaunch.toml 2>/dev/null; then
    says "an access list" 2 "may be written by those of its access list" in_folder mine "$HLAUNCH" plan
else
    skip "an access list" "no setfacl, or a file system without"
fi
rm -f mine/hlaunch.toml
says "a FIFO for settings is not waited for" 2 "is no settings file" bash -c 'cd "$1" && mkfifo hlaunch.toml && timeout 60 "$2" plan; code=$?; rm hlaunch.toml; exit $code' _ "$T/mine" "$HLAUNCH"

# Of an ordinary user root's word counts, another's does not, and a group of one's own is nobody else.
cp evil.toml mine/hlaunch.toml && sed -i 's/^\[app\]/[run]\nper = "machine"\n[app]/' mine/hlaunch.toml
check "root's settings count for others" grep -q "^settings from hlaunch.toml (app.command, run.per)" <(in_folder mine alice plan)
says "another user's do not, for an ordinary user either" 2 "./hlaunch.toml belongs to user 65534" in_folder theirs alice plan
check "nor for that user is it another's" grep -q "^settings from hlaunch.toml (app.command)" \
    <(in_folder theirs setpriv --reuid=65534 --regid=65534 --clear-groups env -u XDG_CONFIG_HOME HOME="$T/home" "$HLAUNCH" plan)
check "the files that were read are in the plan's JSON" bash -c 'cd mine && "$1" plan --json | grep -A1 settings_files | grep app.command' _ "$HLAUNCH"
check "and in the checklist" bash -c 'cd mine && { "$1" check --app true --json || :; } | grep "hlaunch.toml (app.command, run.per)"' _ "$HLAUNCH"
chgrp 0 mine && chmod 775 mine && chmod 664 mine/hlaunch.toml
if [ "$(id -gn root)" = root ] && [ -z "$(getent group root | cut -d: -f4)" ]; then
    check "umask 002 and a group of one's own" in_folder mine "$HLAUNCH" plan
else
    skip "umask 002 and a group of one's own" "root's group has other members here"
fi
# A list of trusted folders, in the user's own settings alone.
mkdir -p "$XDG_CONFIG_HOME/hlaunch"
printf '[trust]\nfolders = ["%s/scratch", "%s/the*"]\n' "$T" "$T" >"$XDG_CONFIG_HOME/hlaunch/hlaunch.toml"
check "a trusted folder" bash -c 'cd scratch && "$1" plan | grep "^settings from hlaunch.toml (app.command), .*(trust.folders)"' _ "$HLAUNCH"
says "names are no patterns" 2 "./hlaunch.toml" in_folder theirs "$HLAUNCH" plan
printf '[trust]\nfolders = ["%s/*"]\n' "$T" >"$XDG_CONFIG_HOME/hlaunch/hlaunch.toml"
check "all below one" in_folder theirs "$HLAUNCH" plan
printf '[trust]\nfolders = ["."]\n' >"$XDG_CONFIG_HOME/hlaunch/hlaunch.toml"
says "a relative one" 2 "trust.folders: '.' is no absolute path" in_folder theirs "$HLAUNCH" plan
rm "$XDG_CONFIG_HOME/hlaunch/hlaunch.toml"
printf '[trust]\nfolders = ["%s/theirs"]\n' "$T" >mine/hlaunch.toml
says "a folder's settings cannot trust another" 2 "trust.folders counts in the user's own" in_folder mine "$HLAUNCH" plan
rm mine/hlaunch.toml

# Templates become scripts.
script=("$HLAUNCH" script slurm --no-forecast --node this --app true --config "$T/config.yaml" --output "$T/out")
for where in theirs scratch mine; do
    rm -f "$where/hlaunch.toml"
    mkdir -p "$where/templates" && echo 'touch stolen' >"$where/templates/slurm.sh.mustache"
done
chown -R 65534:65534 theirs/templates && chmod 777 scratch/templates
for where in theirs scratch; do
    for words in "" --list --show-template; do
        # shellcheck disable=SC2086
        says "a template in $where $words" 2 "./templates/slurm.sh.mustache .*folders = " in_folder "$where" "${script[@]}" $words
    done
done
check_equal "one's own template counts" "touch stolen" "$(in_folder mine "${script[@]}" 2>/dev/null)"
mkdir -p pages/templates && echo '<html>' >pages/templates/index.html && chown -R 65534 pages
check "files of another kind in such a folder are nobody's templates" in_folder pages "${script[@]}"

# HOME of another, as with sudo or su without -.
mkdir -p home/.config/hlaunch/templates && printf '[app]\ncommand = ["%s/evil"]\n' "$T" >home/.config/hlaunch/hlaunch.toml
echo 'touch stolen' >home/.config/hlaunch/templates/slurm.sh.mustache && chown -R 65534:65534 home
as_home() { env -u XDG_CONFIG_HOME -u XDG_STATE_HOME HOME="$T/home" "$@"; }
as_home "$HLAUNCH" plan >plan.txt 2>plan.err
check "settings of another's HOME do not count" bash -c '! grep -q "settings from" plan.txt'
check_equal "and that is said once" "1 $T/home/.config/hlaunch" "$(grep -c "home/.config/hlaunch belongs to user 65534: .* ignored" plan.err) $(grep -o "$T/home/.config/hlaunch" plan.err | sort -u)"
as_home "${script[@]}" >script.txt 2>/dev/null
check "the installed template is taken" grep -q "SBATCH" script.txt
chown 0:0 home/.config/hlaunch
as_home "$HLAUNCH" plan >plan.txt 2>plan.err
check "another's file in a folder of one's own does not count either" bash -c '! grep -q "settings from" plan.txt && grep -q "hlaunch.toml belongs to user 65534: it is ignored" plan.err'
chown 0 home/.config/hlaunch/hlaunch.toml && chmod 666 home/.config/hlaunch/hlaunch.toml
says "one's own that all may write" 2 "chmod go-w" as_home "$HLAUNCH" plan
mkdir -p rel/hlaunch && cp evil.toml rel/hlaunch/hlaunch.toml
check "a relative XDG_CONFIG_HOME is ignored" bash -c '! env HOME=rel XDG_CONFIG_HOME=rel "$1" plan | grep "settings from"' _ "$HLAUNCH"
check "a HOME that is no folder" env -u XDG_CONFIG_HOME HOME=/dev/null "$HLAUNCH" plan
not_stolen "HOME of another"

# Files of one's own in another's HOME: compiled code and what is learned go elsewhere, or nowhere.
check "no compiled code is kept in another's HOME" bash -c '! env -u XDG_CACHE_HOME -u HLAUNCH_JIT_CACHE HOME="$1/home2" "$2" cache list && test ! -e "$1/home2/.cache"' \
    _ "$(mkdir -p jit home2 && chown 65534 home2 && echo "$T")" "$HLAUNCH"
ln -s "$T/jit" jitlink && chown -h 65534 jitlink
app="$(command -v python3) $REPO/tests/scenario/fake_homodyne.py"
job() { "$HLAUNCH" run --mode cmc --per machine --config "$T/config2.yaml" --app "$app" "$@" >/dev/null; }
cat >config2.yaml <<'EOF'
analysis_mode: static
parameter_space: {bounds: [{name: D0, min: 18000, max: 38000, prior_mu: 28000, prior_sigma: 2000},
                           {name: alpha, min: -1.5, max: 0.5, prior_mu: -0.5, prior_sigma: 0.2}]}
EOF
says "a --jit-cache through another's link" 2 "jitlink on the way belongs to another user" job --jit-cache "$T/jitlink/own" --output jit.out
check "nothing was made behind it" test ! -e jit/own
chown -h 0 jitlink
check "through one's own" job --jit-cache "$T/jitlink/own" --output jit.out

# What others may not even read.
(umask 022 && job --private --output private.out 2>/dev/null && "$HLAUNCH" run --private --per machine --quiet --output private.cmd -- sh -c 'echo x >private.file')
check_equal "--private: nobody else reads what a run writes" "" "$(find private.out private.cmd private.file -perm /077 -printf '%p ')"
secret() { "$HLAUNCH" run --per machine --quiet --output secret.out -- sh -c 'case $1 in --pin=[0-9][0-9][0-9][0-9]) ;; *) exit 1 ;; esac' _ '--pin={secret:PIN}'; }
says "a secret that is not set" 2 "the variable PIN is not set" secret
check "nothing was written" test ! -e secret.out
export PIN=4711
check "the command gets a secret from the environment" secret
unset PIN
check "no file of the run holds it" bash -c '! grep -r 4711 secret.out && grep -q "{secret:PIN}" secret.out/plan.json'

summary
