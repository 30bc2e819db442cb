#!/usr/bin/env bash
# Scripts of every kind, memory style and hostile name: bash reads them, shellcheck finds nothing, their words arrive whole, and
# their directives are what a scheduler reads. No scheduler is needed.
. "$(dirname "$0")/../lib.sh"
cd "$T"
echo 'experimental_data: {data_folder_path: ., data_file_name: data.h5}' >config.yaml
: >data.h5
node='pack:2 [numa(memory=64GB)] core:16 pu:2'
script() { # script KIND OPTION...
    local kind=$1
    shift
    # For which node it is, is told on standard error each time; here errors alone are wanted.
    local code=0
    "$HLAUNCH" script "$kind" --topology "$node" --no-forecast --config config.yaml --output results "$@" 2>script.err || code=$?
    [ "$code" = 0 ] || cat script.err >&2
    return "$code"
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
check "whole nodes: their prologue, modules and variables" bash -c 'grep -qx "eval '"'module purge'"'" slurm.site.sh && grep -q "^if ! module load python/3.12 ||" slurm.site.sh && grep -qx "export HDF5_USE_FILE_LOCKING=FALSE" slurm.site.sh'
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
    cp config.yaml "./$name"
    "$HLAUNCH" script slurm --topology "$node" --no-forecast --config "./$name" --output "out $name" >hostile.sh 2>hostile.err || { check "a script for $(printf %q "$name")" false; continue; }
    # The words of the analysis as the script's own shell makes them.
    check_equal "a name like $(printf %q "$name")" "$(printf '%s\0' "$T/$name" "$T/out $name" | od -c)" \
        "$(bash -c "$(grep -z -oP '(?s)\nanalysis=\(.*? \)\n(?=echo)' hostile.sh | tr -d '\0'); printf '%s\\0' \"\${analysis[1]}\" \"\${analysis[3]}\"" | od -c)"
done
check "nothing of it was run" test ! -e hit
check_equal "a folder whose name no directive can carry: the log by the script itself" "0 1" \
    "$(directives hostile.sh SBATCH | grep -c -- --output || :) $(grep -c '^exec >>' hostile.sh)"

# For which node. Without one nothing is sized by this machine: whole nodes of any size, where the scheduler can be told so.
unsized() { "$HLAUNCH" script "$1" --no-forecast --config config.yaml --output results --nodes 4 "${@:2}"; }
for kind in slurm slurm-array slurm-merge; do
    unsized $kind >any.sh 2>any.err
    check_equal "$kind without a node: whole nodes, sized by nothing here" "--exclusive --mem=0 / 0" \
        "$(directives any.sh SBATCH | grep -E -- '--(exclusive|mem|cpus)' | xargs) / $(grep -c 'cpus.per.task=[0-9]\|CPUS_PER_TASK' any.sh || :)"
    check_equal "$kind without a node: said on standard error and in the script" "1 1" \
        "$(grep -cx 'hlaunch: for whole nodes, of whatever size the job finds' any.err) $(grep -c "^# Nodes: 'whole nodes, of whatever size the job finds'" any.sh)"
    check "$kind without a node: bash and shellcheck" lint any.sh
done
unsized mpi >any.sh 2>any.err
check "mpi without a node: those that mpirun finds" grep -q "^# Nodes: 'the nodes that mpirun finds" any.sh
cpus=$("$HLAUNCH" topo --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["summary"]["pus"])' 2>/dev/null || nproc)
for kind in slurm slurm-array slurm-merge pbs mpi; do
    unsized $kind --node this >this.sh 2>this.err
    check "$kind --node this: said" grep -qE "^hlaunch: for nodes like this machine, .*: .*CPU" this.err
    check "$kind --node this: in the script" grep -qE "^# Nodes: 'nodes like this machine, " this.sh
    check "$kind --topology: in the script" grep -qE "^# Nodes: 'the node of --topology, .*: 2 packages, 2 NUMA nodes, 32 cores, 64 CPUs" "$kind.mem.sh"
done
check_equal "--node this: its size" "--cpus-per-task=$cpus" "$(unsized slurm --node this 2>/dev/null >this.sh; directives this.sh SBATCH | grep cpus)"
printf '[site]\ntopology = "%s"\n' "$node" >node.toml
check_equal "site.topology: that size" "select=4:ncpus=64:mpiprocs=1" "$(unsized pbs --site node.toml 2>/dev/null >site.sh; directives site.sh PBS | grep -o 'select=.*')"
check_equal "--explain tells it" "1" "$("$HLAUNCH" script slurm --explain --no-forecast --config config.yaml --output results | grep -c '^sized_for  *whole nodes')"

# A forecast is the formula's: what this machine has learned is of this machine. Cores that would do nothing are told.
app="$(command -v python3) $REPO/tests/scenario/fake_homodyne.py"
forecast() { "$HLAUNCH" script slurm --app "$app" --mode cmc --config config.yaml --output results "$@"; }
memory() { directives forecast.sh SBATCH | grep -- --mem=; }
forecast --node this >forecast.sh 2>/dev/null
formula=$(memory)
mkdir -p "$XDG_STATE_HOME/hlaunch"
python3 - >"$XDG_STATE_HOME/hlaunch/memory.json" <<'EOF'
import json, os
model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "")
memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 30
print(json.dumps({"format": "hlaunch-memory-history", "version": 1, "machines": {f"{model}, {memory} GiB": {"2.23.3 cmc cmc": [2.0, 2.0, 2.0]}}}))
EOF
check "this machine has learned a factor" grep -q "learned from 3 runs on this machine" <("$HLAUNCH" plan --app "$app" --mode cmc --config config.yaml)
forecast --node this >forecast.sh 2>/dev/null
check_equal "it does not go into a script" "$formula" "$(memory)"
FAKE_SHARDS=2 forecast --topology 'pack:2 [numa(memory=64GB)] core:32 pu:2' --nodes 4 >idle.sh 2>idle.err
check "idle cores are told, with what fills them" grep -qE "^hlaunch: warning: only 2 of 8 placements are used, and 4 of 504 PUs compute on 4 nodes: .*num_shards: 40 in the YAML .*, or 1 node does as much" idle.err
FAKE_SHARDS=2 forecast --nodes 4 >idle.sh 2>idle.err
check "nodes without work also where their size is not known" grep -q "warning: only 2 of 4 nodes compute: .*num_shards: 4 in the YAML" idle.err
FAKE_SHARDS=40 FAKE_BY_USER=1 forecast --topology 'pack:2 [numa(memory=64GB)] core:32 pu:2' --nodes 1 >idle.sh 2>idle.err
check "following that helps" bash -c '! grep -q warning: idle.err'
FAKE_METHOD=nlsq "$HLAUNCH" script slurm --app "$app" --config config.yaml --output results --nodes 4 >idle.sh 2>idle.err
check "four nodes for a fit" grep -q "warning: NLSQ alone is one instance on one of 4 nodes; 1 node does as much" idle.err
check "plan tells idle cores, too" grep -q "only 4 of 126 PUs compute" <(FAKE_SHARDS=2 "$HLAUNCH" plan --app "$app" --mode cmc --config config.yaml --topology 'pack:2 [numa(memory=64GB)] core:32 pu:2')
FAKE_SHARDS=1 "$HLAUNCH" run --app "$app" --mode cmc --config config.yaml --output one --per cores:1 --instances 2 --reserve-cores 0 --jit-cache off >one.txt 2>one.err || :
if [ "$cpus" -gt 1 ]; then check "and run" grep -q "warning: only 1 of 2 placements are used" one.err; fi

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
says "PBS without a node" "PBS must be told how large a node is: give --topology" unsized pbs
says "a part of a node without a node" "needs the node's size: give --node NAME (asked of scontrol), --topology" unsized slurm --set exclusive=false
says "memory a CPU without a node" "needs the node's size" unsized slurm --set memory=mem-per-cpu
check "the remedies: a topology" unsized slurm --set exclusive=false --topology "$node"
check "this machine" unsized slurm --set memory=mem-per-cpu --node this
check "whole nodes" unsized slurm --set exclusive=true
says "two sizes at once" "leave one of them out" script slurm --node this

# A script for nothing: what the job would not find is refused here, without starting homodyne.
says "data that are not there" "data file ./none.h5 (experimental_data) is not there" bash -c 'sed s/data.h5/none.h5/ config.yaml >none.yaml; exec "$1" script slurm --no-forecast --config none.yaml --output nothing --app /nowhere/homodyne' _ "$HLAUNCH"
says "data that are a folder" "is a folder" bash -c 'echo "experimental_data: {file_path: fake}" >folder.yaml; exec "$1" script mpi --no-forecast --config folder.yaml --output nothing' _ "$HLAUNCH"
says "a data folder that is not there" "data file gone/data.h5 (experimental_data) is not there; relative paths are from the current folder" bash -c 'echo "experimental_data: {data_folder_path: gone, data_file_name: data.h5}" >gone.yaml; exec "$1" script slurm --memory 4GiB --config gone.yaml --output nothing' _ "$HLAUNCH"
says "no data at all" "names no data file; set data_folder_path and data_file_name" bash -c 'echo "a: 1" >nodata.yaml; exec "$1" script slurm --no-forecast --config nodata.yaml --output nothing' _ "$HLAUNCH"
says "an NLSQ result that is not there" "holds no nlsq/parameters.json" script slurm --nlsq-result gone
says "a config that is no YAML" "is not YAML" bash -c 'printf "a: [1
" >torn.yaml; exec "$1" script slurm --no-forecast --config torn.yaml --output nothing' _ "$HLAUNCH"
says "a hostfile that is not there" "--hostfile gone: there is no such file" script mpi --hostfile gone
says "submit of data that are not there" "is not there" "$HLAUNCH" submit slurm --no-forecast --config none.yaml --output nothing
check "no folder was made for any of these" test ! -e nothing
says "--nodes without sense" "" script slurm --nodes 0
says "no size" "is no size" script slurm --memory much

says "a site's variables that are no table" "types.toml:2:1: site.environment: a table of variables is wanted" bash -c 'printf "[site]\nenvironment = \"A=b\"\n" >types.toml; "$@" --site types.toml' _ "$HLAUNCH" script slurm --topology "$node" --no-forecast --config config.yaml --output results
says "a site's flag as text" "types.toml:2:1: site.exclusive: true or false, without quotes, is wanted, not the text 'yes'" bash -c 'printf "[site]\nexclusive = \"yes\"\n" >types.toml; "$@" --site types.toml' _ "$HLAUNCH" script slurm --topology "$node" --no-forecast --config config.yaml --output results
says "no memory at all" "--set memory=none" script slurm --memory 0
says "a warning that comes too late" "--set: lead_s is 20: after the scheduler's warning what runs may take --grace (30 s)" script slurm --set lead_s=20

# Each option of an analysis reaches the workers and the merge, or is refused.
words_of() { bash -c "$(grep -z -oP '(?s)\nanalysis=\(.*? \)\n(?=echo)' "$1" | tr -d '\0'); printf '%s\\0' \"\${analysis[@]}\""; }
carried=(--retries 7 --time-limit 7200s --grace 99 --instance-limit 5400s --stage --profile --tracemalloc
    --no-learned --key-env A --jit-cache-size 1073741824 --plots --posterior exact --ess 512 --pairs once --prior-source yaml
    --keep-lost-priors --accept ess --num-workers 3 --per numa --instances 2 --reserve-cores 1 --quiet --json)
script slurm --retries 7 --time-limit 2h --instance-limit 90m --jit-cache-size 1G --grace 99 --stage --profile --tracemalloc --no-learned --key-env A --plots --keep-lost-priors \
    --posterior exact --ess 512 --pairs once --prior-source yaml --accept ess --num-workers 3 --per numa --instances 2 --reserve-cores 1 --quiet --json --app /bin/true >carried.sh
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
cp config.yaml data.h5 words && (cd words && script slurm >words.sh)
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

# The site's own code runs as the site wrote it, and its failure ends the job with its name.
# site_code CODE SITE-OPTION...: what the script does up to where hlaunch would begin ("begun"), or says before it ends.
site_code() {
    local want=$1 code=0
    shift
    script slurm-merge "$@" | sed 's/^exec .*/echo begun/' >site-code.sh
    env -u LD_LIBRARY_PATH -u LOADEDMODULES bash site-code.sh >site.out 2>&1 </dev/null || code=$?
    [ "$code" = "$want" ] || echo "exit $code"
    cat site.out
}
check_equal "a prologue may use what is not set" begun "$(site_code 0 --set 'prologue=export LD_LIBRARY_PATH=/opt/site/lib:$LD_LIBRARY_PATH')"
check_equal "and tests that fail, as in any profile" begun "$(site_code 0 --set 'prologue=[ -f /nowhere ] && . /nowhere' --set 'prologue=grep -q x /dev/null || :')"
printf 'false\ngrep -q x /dev/null\n: "$NOT_SET"\ntrue\n' >profile
check_equal "a file that it reads is the site's, too" begun "$(site_code 0 --set "prologue=. $T/profile")"
check_equal "set -e of the site ends with it" begun "$(site_code 0 --set 'prologue=set -e' | sed 's/^exit .*//')"
check_equal "a command of it that fails ends the job" "hlaunch: the prologue failed with status 1: false" "$(site_code 3 --set 'prologue=false' --set 'prologue=export A=b')"
check_equal "so does one that is not there" "hlaunch: the prologue failed with status 127: nosuchcommand --now" \
    "$(site_code 3 --set 'prologue=nosuchcommand --now' | tail -n 1)"
check_equal "so does a file that is not there" "hlaunch: the prologue failed with status 1: . /nowhere/activate" \
    "$(site_code 3 --set 'prologue=. /nowhere/activate' | tail -n 1)"
check_equal "a module that does not load" "hlaunch: module nosuch/1.0 could not be loaded" \
    "$(site_code 3 --set 'prologue=module() { echo "no such module" >&2; return 1; }' --set modules=nosuch/1.0 | tail -n 1)"
check_equal "also where the kind of modules fails with status 0" "hlaunch: module nosuch/1.0 could not be loaded" \
    "$(site_code 3 --set 'prologue=export LOADEDMODULES=; module() { :; }' --set modules=nosuch/1.0 | tail -n 1)"
check_equal "one that is loaded already is no failure" begun \
    "$(site_code 0 --set 'prologue=export LOADEDMODULES=gcc/12:python/3.12; module() { :; }' --set modules=python --set modules=gcc/12)"
check_equal "where no list is kept its status counts" begun "$(site_code 0 --set 'prologue=module() { :; }' --set modules=gcc)"

# Times, sizes and paths as the scheduler reads them.
says "a lead that is not shorter than the walltime" "lead_s is 300, and the walltime 120 s: the scheduler would warn" script slurm --set walltime=2m --set lead_s=300
says "a walltime too short for the end" "a walltime of 60 s is too short" script slurm --set walltime=1m
check_equal "a lead of ours is shortened, and that is said" "--signal=USR1@120 the scheduler warns 120 s before the end instead of 300 s" \
    "$(script slurm --set walltime=4m >short.sh; directives short.sh SBATCH | grep signal) $(grep -o 'the scheduler warns .* instead of 300 s' script.err)"
says "PBS would read seconds" "write 90m" script pbs --set walltime=90
says "a size without a unit" "has no unit, and is 64000 bytes; write 64000M" script slurm --memory 64000
output_of() { "$HLAUNCH" script "$1" --topology "$node" --no-forecast --config config.yaml --output "$2" 2>/dev/null; }
for name in 'a%j' 'b\c'; do
    output_of slurm "$T/$name" >special.sh
    check_equal "Slurm expands or cuts $name: the script keeps its own log" "0 1" "$(directives special.sh SBATCH | grep -c -- --output) $(grep -c '^exec >>' special.sh)"
done
for name in './res:2026-09-01T12:30' 'r^array_index^' 'a,b'; do
    output_of pbs "$name" >special.sh
    check_equal "PBS reads $name in its own way: the script keeps its own log" "0 1" "$(directives special.sh PBS | grep -c '^-o') $(grep -c '^exec >>' special.sh)"
done

# A node of which Slurm keeps a part. FAKE scontrol: the words of Slurm 22.05.
mkdir fake.node
for words in "spec CoreSpecCount=1 CPUEfctv=3 CPUTot=4 Sockets=1 CoresPerSocket=4 ThreadsPerCore=1" \
    "cores CPUEfctv=4 CPUTot=4 Sockets=2 CoresPerSocket=2 ThreadsPerCore=2"; do
    printf '#!/bin/sh\necho "NodeName=%s RealMemory=4000"\n' "$words" >fake.node/scontrol
    chmod +x fake.node/scontrol
    cp fake.node/scontrol "fake.node/${words%% *}"
done
of_node() { cp "fake.node/$1" fake.node/scontrol && PATH=$T/fake.node:$PATH "$HLAUNCH" script slurm --node n1 --no-forecast --config config.yaml --output results 2>/dev/null | grep -o -- '^#SBATCH --cpus-per-task=.*'; }
check_equal "cores that Slurm keeps for itself are not asked for" "#SBATCH --cpus-per-task=3" "$(of_node spec)"
check_equal "nor more CPUs than it counts" "#SBATCH --cpus-per-task=4" "$(of_node cores)"
SBATCH_TIMELIMIT=1 script slurm >/dev/null
check "a variable that would overrule the script at sbatch is named" grep -q "SBATCH_TIMELIMIT=1 is set here.*unset it, or use hlaunch submit" script.err
script slurm --memory 1GiB >step.sh
check "the step sees the job's environment, and nothing of another job" bash -c 'grep -qx "export SLURM_EXPORT_ENV=ALL" step.sh && grep -q "^unset.* SLURM_MEM_PER_CPU" step.sh && ! grep -q "^unset.* SLURM_MEM_PER_NODE" step.sh'

# Out of time, and the job cannot be queued again. FAKE srun and scontrol.
mkdir fake.requeue && printf '#!/bin/sh\nexit 138\n' >fake.requeue/srun && printf '#!/bin/sh\necho "$@" >>%s/requeued\nexit "$(cat %s/requeue.code)"\n' "$T" "$T" >fake.requeue/scontrol
chmod +x fake.requeue/*
script slurm >requeue.sh
script slurm-array | sed 's/^hlaunch=.*/hlaunch=hlaunch/' >requeue-array.sh
ln -s srun fake.requeue/hlaunch
out_of_time() { PATH=$T/fake.requeue:$PATH SLURM_JOB_ID=7 SLURM_ARRAY_JOB_ID=8 SLURM_ARRAY_TASK_ID=2 bash "$1" 2>&1 </dev/null; }
for name in requeue requeue-array; do
    echo 0 >requeue.code
    out_of_time $name.sh >requeue.out && code=0 || code=$?
    check_equal "$name: out of time" 138 "$code"
    echo 1 >requeue.code
    out_of_time $name.sh >requeue.out && code=0 || code=$?
    check_equal "$name: a requeue that fails" 3 "$code"
    check "$name: is said" grep -q "could not be requeued; submit the same script again" requeue.out
done
check_equal "both by their ids" "requeue 7 requeue 7 requeue 8_2 requeue 8_2" "$(xargs <requeued)"
summary
