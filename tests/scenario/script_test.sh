#!/usr/bin/env bash
# Scripts of every kind, memory style and hostile name: bash reads them, shellcheck finds nothing, their words arrive whole, and
# their directives are what a scheduler reads. No scheduler is needed.
. "$(dirname "$0")/../lib.sh"
cd "$T"
echo 'a: 1' >config.yaml
node='pack:2 [numa(memory=64GB)] core:16 pu:2'
script() { # script KIND OPTION...
    local kind=$1
    shift
    "$HLAUNCH" script "$kind" --topology "$node" --no-forecast --config config.yaml --output results "$@"
}
lint() { bash -n "$1" && if command -v shellcheck >/dev/null; then shellcheck "$1"; fi; }

for kind in slurm slurm-array slurm-merge pbs mpi; do
    for memory in mem mem-per-cpu none; do
        script "$kind" --nodes 3 --set memory=$memory --set account=xpcs --set walltime=90m --set stagger_s=2 --set modules=gcc/12 >"$kind.$memory.sh"
        check "$kind, $memory: bash and shellcheck" lint "$kind.$memory.sh"
    done
    script "$kind" --site "$REPO/examples/site/whole-nodes.toml" >"$kind.site.sh" 2>site.err || :
    check "$kind, whole nodes: bash and shellcheck" lint "$kind.site.sh"
done

# What a scheduler reads: directly under the shebang, up to the first line that is none, one word or two a line.
directives() { sed -n "2,\$p" "$1" | sed "/^#$2 /!Q" | cut -d' ' -f2-; }
check_equal "slurm: directives" "--job-name=hlaunch --account=xpcs --time=0-01:30:00 --nodes=3 --ntasks-per-node=1 --cpus-per-task=64 --signal=USR1@300 --requeue --output=$T/results/slurm-%j.log --open-mode=append" \
    "$(directives slurm.mem.sh SBATCH | xargs)"
check_equal "memory as it is given: of a node, of a CPU, not at all" "--mem=49152M / --mem-per-cpu=768M / 0" \
    "$(for memory in mem mem-per-cpu none; do script slurm --memory 48GiB --set memory=$memory >m.sh; directives m.sh SBATCH | grep -- --mem || echo 0; done | xargs | sed 's: --mem-per: / --mem-per:; s: 0$: / 0:')"
check_equal "slurm-array: directives" "--nodes=1 --array=0-2%2 --signal=B:USR1@300" \
    "$(script slurm-array --nodes 3 --limit 2 >array.sh; directives array.sh SBATCH | grep -E '^--(nodes|array|signal)' | xargs)"
check_equal "whole nodes: directives of the site" "--partition=compute --qos=normal --constraint=icelake --exclusive --mem=0 --reservation=beamtime --mail-type=END" \
    "$(directives slurm.site.sh SBATCH | grep -E '^--(partition|qos|constraint|exclusive|mem|reservation|mail)' | xargs)"
check "whole nodes: their prologue, modules and variables" bash -c 'grep -qx "eval '"'module purge'"'" slurm.site.sh && grep -qx "module load python/3.12" slurm.site.sh && grep -qx "export HDF5_USE_FILE_LOCKING=FALSE" slurm.site.sh'
check_equal "pbs: directives" "-N hlaunch -A xpcs -l select=3:ncpus=64:mpiprocs=1 -l place=scatter -l walltime=01:30:00 -r y -j oe -o $T/results/" \
    "$(directives pbs.mem.sh PBS | xargs)"

# The fake qsub reads directives as PBS does, refuses what it does not know, and says an id.
mkdir fake
cat >fake/qsub <<'EOF'
#!/usr/bin/env bash
# A FAKE qsub, for tests: options of directives by getopts, as PBS Pro documents them.
while read -r line; do
    case $line in
    '#PBS '*)
        read -ra words <<<"${line#'#PBS '}"
        OPTIND=1
        while getopts ':N:A:q:l:r:j:o:W:' option "${words[@]}"; do [ "$option" != '?' ] || { echo "qsub: illegal option in: $line" >&2; exit 2; }; done
        [ $((OPTIND - 1)) = ${#words[@]} ] || { echo "qsub: script is not readable: $line" >&2; exit 2; }
        ;;
    '#!'*) ;;
    *) break ;;
    esac
done <"$1"
echo 42.server
EOF
cat >fake/qstat <<'EOF'
#!/bin/sh
exit 153
EOF
chmod +x fake/*
submit_pbs() { PATH="$T/fake:$PATH" "$HLAUNCH" submit pbs --topology "$node" --no-forecast --config config.yaml --output pbs --site "$REPO/examples/site/pbs.toml" "$@"; }
check_equal "submit pbs tells the id" "42.server work" "$(submit_pbs)"
check_equal "and keeps it" "pbs 42.server" "$(python3 -c 'import json; j = json.load(open("pbs/submit.json")); print(j["scheduler"], j["jobs"][0]["id"])')"

check_json "it is what docs/schemas says" pbs/submit.json
check_equal "--parsable tells nothing else" "42.server" "$(submit_pbs --parsable)"
printf '#!/bin/sh\n' >fake/homodyne
chmod +x fake/homodyne
check_equal "homodyne is named by where it is here" "--app $T/fake/homodyne" "$(PATH="$T/fake:$PATH" script slurm | grep -oE -- '--app [^ ]+')"
check_exit "no --app at all" 2 script slurm --app ' '
script slurm --site "$REPO/examples/site/shared-nodes.toml" >shared.sh
check_equal "each example of a site is read" "--account=xpcs --time=0-08:00:00 --signal=USR1@600 / --exclusive / -A beamline" \
    "$(directives shared.sh SBATCH | grep -E '^--(account|time|signal)' | xargs) / $(directives slurm.site.sh SBATCH | grep -x -- --exclusive) / $(directives pbs/submit-pbs.sh PBS | grep '^-A')"

# Names that people give to files: through a real shell unchanged.
hostile=("a b" "it's" '"q"' '$(touch hit)' '`touch hit`' $'new\nline' '*' '-x' 'é€' 'a;touch hit' '!x' '#y' 'a\b')
for name in "${hostile[@]}"; do
    echo 'a: 1' >"./$name"
    "$HLAUNCH" script slurm --topology "$node" --no-forecast --config "./$name" --output "out $name" >hostile.sh 2>hostile.err || { check "a script for $(printf %q "$name")" false; continue; }
    # The words of the analysis as the script's own shell makes them.
    check_equal "a name like $(printf %q "$name")" "$(printf '%s\0' "$T/$name" "$T/out $name" | od -c)" \
        "$(bash -c "$(grep -z -oP '(?s)\nanalysis=\(.*? \)\n(?=echo)' hostile.sh | tr -d '\0'); printf '%s\\0' \"\${analysis[1]}\" \"\${analysis[3]}\"" | od -c)"
done
check "nothing of it was run" test ! -e hit
check_equal "a folder whose name no directive can carry: the log by the script itself" "0 1" \
    "$(directives hostile.sh SBATCH | grep -c -- --output || :) $(grep -c '^exec >>' hostile.sh)"

# What is refused, with place and remedy.
says() { check_exit "$1" 2 "${@:3}" && check "$1: says so" grep -qF -- "$2" check.err; }
says "no such kind" "did you mean slurm?" script slrum
says "a blank in a directive" "a directive ends at a blank" script slurm --set "account=my account"
says "a second directive in one" "control characters" script slurm --set $'job_name=x\n#SBATCH --nodes=99'
says "a key that is none" "did you mean 'walltime'?" script slurm --set waltime=2h
says "a walltime that is none" "no walltime" script slurm --set walltime=12:00
printf '[site]\npartition = "a"\nwaltime = "2h"\n' >bad.toml
says "a misspelt key in a file" "bad.toml:3:1: site.waltime: is unknown; did you mean 'walltime'?" script slurm --site bad.toml
says "no such file" "there is no such file" script slurm --site nowhere.toml
says "no such config" "gone.yaml: there is no such file" "$HLAUNCH" script slurm --no-forecast --config gone.yaml --output gone
check "and makes no folder" test ! -e gone
check_exit "no scheduler here" 3 env PATH=/nowhere "$HLAUNCH" submit pbs --topology "$node" --no-forecast --config config.yaml --output alone
check "it says which command is missing" grep -qF "qsub is not in PATH; submit where" check.err
says "no scheduler for mpi" "no scheduler to hand" "$HLAUNCH" submit mpi --no-forecast --config config.yaml --output x
says "--nodes without sense" "" script slurm --nodes 0
says "no size" "is no size" script slurm --memory much

says "a site's variables that are no table" "types.toml:2:1: site.environment: a table of variables is wanted" bash -c 'printf "[site]\nenvironment = \"A=b\"\n" >types.toml; "$@" --site types.toml' _ "$HLAUNCH" script slurm --topology "$node" --no-forecast --config config.yaml --output results
says "a site's flag as text" "types.toml:2:1: site.exclusive: true or false, without quotes, is wanted, not the text 'yes'" bash -c 'printf "[site]\nexclusive = \"yes\"\n" >types.toml; "$@" --site types.toml' _ "$HLAUNCH" script slurm --topology "$node" --no-forecast --config config.yaml --output results
says "no memory at all" "--set memory=none" script slurm --memory 0
says "a warning that comes too late" "--set: lead_s is 20: after the scheduler's warning what runs may take --grace (30 s)" script slurm --set lead_s=20

# Each option of an analysis reaches the workers and the merge, or is refused.
words_of() { bash -c "$(grep -z -oP '(?s)\nanalysis=\(.*? \)\n(?=echo)' "$1" | tr -d '\0'); printf '%s\\0' \"\${analysis[@]}\""; }
carried=(--retries 7 --time-limit 7200s --grace 99 --instance-limit 5400s --stage --profile --tracemalloc
    --no-learned --key-env A --jit-cache-size 1073741824 --plots --keep-lost-priors --accept ess --num-workers 3 --per numa --instances 2 --reserve-cores 1 --quiet --json)
script slurm --retries 7 --time-limit 2h --instance-limit 90m --jit-cache-size 1G --grace 99 --stage --profile --tracemalloc --no-learned --key-env A --plots --keep-lost-priors \
    --accept ess --num-workers 3 --per numa --instances 2 --reserve-cores 1 --quiet --json --app /bin/true >carried.sh
check "what carries all options is read by bash and shellcheck" lint carried.sh
mapfile -d '' -t analysis < <(words_of carried.sh)
check_equal "all options are in the script" "$(printf '%s\n' --config "$T/config.yaml" --output "$T/results" --mode auto --app /bin/true --jit-cache "$HLAUNCH_JIT_CACHE" "${carried[@]}" | sort | xargs)" \
    "$(printf '%s\n' "${analysis[@]}" | sort | xargs)"
sed -i 's/--instances 2//' carried.sh
mapfile -d '' -t analysis < <(words_of carried.sh)
check_exit "a worker takes them" 3 "$HLAUNCH" worker "${analysis[@]}" --stay --lead 300s
check "as far as the application" grep -q "ran without hlaunch's hooks" check.err
check_exit "the merge takes them" 3 "$HLAUNCH" run --merge-only "${analysis[@]}"
check "as far as the application, too" grep -q "ran without hlaunch's hooks" check.err
says "--fresh" "the workers of a script share what is in results" script slurm --fresh
says "--json-events" "hlaunch status results --json tells of all" script slurm --json-events events
says "--lead" "--set lead_s=420" script slurm --lead 7m
says "--stage with a file" "the YAML names the data" script slurm --stage=config.yaml
says "a worker's --stage with a file" "the YAML names the data" "$HLAUNCH" worker --config config.yaml --output results --stage config.yaml
says "--split" "leave --split and --hooks out" script slurm --split replicas

# A word with blanks stays one word: TOML, script, worker, the program that is started.
mkdir -p "sp ace" words
printf '#!/bin/sh\nprintf "%%s|" "$0" "$1" >"%s/started"\n' "$T" >"sp ace/homo dyne"
chmod +x "sp ace/homo dyne"
printf '[app]\ncommand = ["%s/sp ace/homo dyne", "-v w"]\n' "$T" >words/hlaunch.toml
cp config.yaml words && (cd words && script slurm >words.sh)
mapfile -d '' -t analysis < <(words_of words/words.sh)
check_exit "an application with blanks in its words" 3 "$HLAUNCH" worker "${analysis[@]}" --quiet
check_equal "is started as it was named" "$T/sp ace/homo dyne|-v w|" "$(cat started)"
for how in "$HLAUNCH --app" "env HLAUNCH_APP"; do
    rm -f started
    case $how in
    env*) env HLAUNCH_APP="'$T/sp ace/homo dyne' '-v w'" "$HLAUNCH" --config config.yaml --output "by-variable" --quiet >out 2>err || : ;;
    *) "$HLAUNCH" --app "'$T/sp ace/homo dyne' '-v w'" --config config.yaml --output "by-option" --quiet >out 2>err || : ;;
    esac
    check_equal "by $(basename "${how#env }"), too" "$T/sp ace/homo dyne|-v w|" "$(cat started)"
done
says "blanks without quotes" "the blanks of this file's name part it into 3 words; quote them, too" script slurm --app "$T/sp ace/homo dyne"
remedy=$(sed -n 's/.*quote them, too: \(.*\)$/\1/p' check.err)
check_equal "the remedy is what works" "'$T/sp ace/homo dyne'" "$(eval "printf '%s' $remedy")"

# Templates: a user's own beats the installed one; a name that does not exist is told.
mkdir -p templates
printf 'nodes {{nodes}}\n{{>banner}}' >templates/slurm.sh.mustache
printf 'for {{job_name}}\n' >templates/banner.mustache
check_equal "a template of one's own, with a partial" "nodes 3 for hlaunch" "$(script slurm --nodes 3 | xargs)"
check "--list tells where it comes from" bash -c '"$1" script --list | grep -qE "^slurm.sh.mustache +templates/slurm"' _ "$HLAUNCH"
printf '{{walltme}}\n' >templates/slurm.sh.mustache
says "a variable that is none" "template templates/slurm.sh.mustache, line 1, column 1: there is no variable 'walltme'; did you mean 'walltime'?" script slurm
rm -r templates
check "--explain tells each variable and its source" bash -c '"$@" --explain >explained && grep -qE "^walltime +0-02:00:00 +--set" explained && grep -qE "^cpus_per_task +64 +all PUs" explained' _ \
    "$HLAUNCH" script slurm --topology "$node" --no-forecast --config config.yaml --output results --set walltime=2h
summary
