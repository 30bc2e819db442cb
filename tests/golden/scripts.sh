# shellcheck shell=bash
# Golden files of the emitted scripts: kinds x memory styles, whole; kinds x names that people give to files, what they
# change. For run.sh, which compares; the folder, the program and its version are not the same everywhere.
golden_site=(--app /opt/venv/bin/homodyne --topology 'pack:2 [numa(memory=64GB)] core:16 pu:2' --memory 48GiB --nodes 3 --set account=xpcs --set walltime=90m
    --set stagger_s=2 --set modules=gcc/12 --set environment.OMP_PROC_BIND=false --set launcher_arguments=--verbose)
golden_any=(--app /opt/venv/bin/homodyne --no-forecast --nodes 3 --config config.yaml --output results)
golden_names=("a b" "it's" '"q"' '$(touch hit)' '`touch hit`' $'new\nline' $'tab\there' '*' '-x' '~' 'é€' $'\xff\xfe' 'a;touch hit' '!x' '#y' 'a\b' '{{x}}')

anonymous() {
    sed "/^hlaunch: for /d" | sed "s#$T#/scratch/run#g; s#$HLAUNCH#/opt/bin/hlaunch#g; s#hlaunch $("$HLAUNCH" --version | grep -oE '[0-9.]+$')#hlaunch VERSION#"
}

emit() { # emit KIND MEMORY CONFIG OUTPUT
    "$HLAUNCH" script "$1" "${golden_site[@]}" --set memory="$2" --config "$3" --output "$4" 2>&1 |
        anonymous
}

golden_scripts() {
    local kind memory name
    cd "$T" || return
    echo "experimental_data: {file_path: $T/data.h5}" >config.yaml
    : >data.h5
    for kind in slurm slurm-array slurm-merge pbs mpi; do
        for memory in mem mem-per-cpu none; do
            emit $kind $memory config.yaml results >"$kind.$memory"
            compare "scripts/$kind.$memory.sh" "hlaunch script $kind, memory $memory" <"$kind.$memory"
        done
        for name in "${golden_names[@]}"; do
            cp config.yaml "./$name"
            printf '== %q\n' "$name"
            for memory in mem mem-per-cpu none; do
                diff -a "$kind.$memory" <(emit $kind $memory "./$name" "out$name") | grep -a '^[<>]' >"names.$memory" || :
            done
            cat names.mem
            # What people type and what a site wants do not touch each other.
            if ! cmp -s names.mem names.mem-per-cpu || ! cmp -s names.mem names.none; then echo "the styles of memory differ"; fi
        done >"$kind.names"
        # Sized for no node: pbs is refused.
        { "$HLAUNCH" script $kind "${golden_any[@]}" 2>&1 || :; } | anonymous >"$kind.any"
        compare "scripts/$kind.any.$([ $kind = pbs ] && echo txt || echo sh)" "hlaunch script $kind, for nodes of any size" <"$kind.any"
        compare "scripts/$kind.names.txt" "hlaunch script $kind, hostile names" <"$kind.names"
    done
}
