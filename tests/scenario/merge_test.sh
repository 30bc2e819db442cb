#!/usr/bin/env bash
# hlaunch merge, the real binary, on real homodyne outputs.
. "$(dirname "$0")/../lib.sh"
set +e
hlaunch=$HLAUNCH fixtures=$REPO/tests/data/fixtures scratch=$T

# expect NAME EXIT-CODE PATTERN ARGUMENT...: exit code, and the pattern somewhere in what was printed
expect() {
    local name=$1 code=$2 pattern=$3 got
    shift 3
    "$hlaunch" merge "$@" >"$scratch/out.txt" 2>"$scratch/err.txt"
    got=$?
    if [ "$got" -ne "$code" ]; then
        fail "$name" "exit $got, expected $code: $(cat "$scratch/err.txt")"
    elif ! grep -q -e "$pattern" "$scratch/out.txt" "$scratch/err.txt"; then
        fail "$name" "no '$pattern' in: $(cat "$scratch/out.txt" "$scratch/err.txt")"
    elif [ "$code" -ge 2 ] && [ "$(wc -l <"$scratch/err.txt")" -ne 1 ]; then
        fail "$name" "more than one line: $(cat "$scratch/err.txt")"
    else
        pass "$name"
    fi
}

a=$fixtures/A_l b=$fixtures/B_l configs=$fixtures/configs
halves=(--kind disjoint --priors tempered --config "$configs/A_l.yaml" --config "$configs/B_l.yaml")

expect "two halves merge" 0 "^alpha " "$a" "$b" "${halves[@]}" --output "$scratch/merged"
check "homodyne's files are there" test -s "$scratch/merged/cmc/samples.npz" -a -s "$scratch/merged/cmc/parameters.json" \
    -a -s "$scratch/merged/cmc/diagnostics.json" -a -s "$scratch/merged/merge.json"
cp "$scratch/merged/cmc/samples.npz" "$scratch/first.npz"
expect "again, over the first" 0 "merged:" "$a" "$b" "${halves[@]}" --output "$scratch/merged"
check "same inputs, same bytes" cmp -s "$scratch/first.npz" "$scratch/merged/cmc/samples.npz"
expect "JSON" 0 '"parametrisation": "eta"' "$a" "$b" "${halves[@]}" --output "$scratch/merged" --json
expect "one config for all" 0 "divided out 1 time" "$a" "$b" --kind disjoint --config "$configs/A_l.yaml" --output "$scratch/one"

expect "the diverged run" 1 "degenerate" "$fixtures/out_cmc_default_diverged" "$b" --kind disjoint --config "$configs/A_l.yaml" \
    --output "$scratch/merged"
check "a refused merge leaves no draws" test ! -e "$scratch/merged/cmc/samples.npz" -a -s "$scratch/merged/merge.json"
expect "degenerate cannot be accepted" 2 "degenerate" "$fixtures/out_cmc_default_diverged" "$b" --kind disjoint \
    --config "$configs/A_l.yaml" --output "$scratch/x" --accept degenerate
expect "replicas not converged" 1 "refused: r-hat" "$fixtures/A_seed7" "$fixtures/A_seed42" --kind replicas --output "$scratch/r"
expect "the same accepted" 0 "^accepted  *r-hat" "$fixtures/A_seed7" "$fixtures/A_seed42" --kind replicas --output "$scratch/r" \
    --accept r-hat
check "the acceptance is recorded" grep -q -A1 '"accepted": \[' "$scratch/r/merge.json"
expect "one seed twice" 1 "duplicates" "$a" "$a" --kind replicas --output "$scratch/d"
expect "homodyne's own combination" 1 "own-combination" "$fixtures/s3_np" "$b" --kind disjoint --config "$configs/s3_np.yaml" \
    --output "$scratch/s"
expect "overlapping data" 2 "share the data" "$a" "$fixtures/full_l" --kind disjoint --config "$configs/A_l.yaml" --output "$scratch/o"
expect "other priors" 2 "common prior" "$a" "$b" --kind disjoint --config "$configs/A_l.yaml" --config "$configs/full_l.yaml" \
    --output "$scratch/o"

run=$fixtures/run3
expect "shards of a run" 0 "eta (log D(t)" "$run" --kind shards --config "$configs/full_l.yaml" --output "$scratch/shards"
check "planned and captured are told" grep -q '"planned": 3' "$scratch/shards/merge.json"
expect "shard files one by one" 0 "3 of 3" "$run"/parts/*/shards/*.npz --kind shards --output "$scratch/shards2"
check "the same draws" cmp -s "$scratch/shards/cmc/samples.npz" "$scratch/shards2/cmc/samples.npz"
expect "a missing shard" 1 "missing: 2" "$run/parts/000/shards" --kind shards --output "$scratch/missing"
expect "a missing shard accepted" 0 "^accepted  *captured" "$run/parts/000/shards" --kind shards --output "$scratch/missing" \
    --accept captured
expect "a shard twice" 2 "given twice" "$run" "$run/parts/001/shards" --kind shards --output "$scratch/o"
expect "a config with other priors" 1 "refused: priors" "$run" --kind shards --config "$configs/A_l.yaml" --output "$scratch/o"

expect "no config" 2 "\-\-config" "$a" "$b" --kind disjoint --output "$scratch/o"
expect "no such folder" 2 "no such" "$scratch/nowhere" --kind shards --output "$scratch/o"
expect "no shards" 2 "plain homodyne output" "$a" --kind shards --output "$scratch/o"
mkdir "$scratch/empty"
expect "an empty folder" 2 "no shard files" "$scratch/empty" --kind shards --output "$scratch/o"
expect "no draws" 2 "no cmc/samples.npz" "$scratch/empty" --kind replicas --output "$scratch/o"
mkdir -p "$scratch/cut/cmc"
cp "$a"/cmc/*.json "$scratch/cut/cmc/"
head -c 90000 "$a/cmc/samples.npz" >"$scratch/cut/cmc/samples.npz"
expect "a cut file" 2 "samples.npz" "$scratch/cut" "$b" "${halves[@]}" --output "$scratch/o"
cp "$a/cmc/samples.npz" "$scratch/cut/cmc/samples.npz"
echo '{"sampling_summary": {"n_chains": 7}}' >"$scratch/cut/cmc/parameters.json"
expect "chains that do not divide" 2 "n_chains" "$scratch/cut" "$b" "${halves[@]}" --output "$scratch/o"
echo 'parameter_space: [' >"$scratch/broken.yaml"
expect "broken YAML" 2 "broken.yaml: line" "$a" "$b" --kind disjoint --config "$scratch/broken.yaml" --output "$scratch/o"
mkdir -p "$scratch/theirs/cmc"
echo precious >"$scratch/theirs/cmc/samples.npz"
expect "somebody's draws" 2 "choose another" "$a" "$b" "${halves[@]}" --output "$scratch/theirs"
check "they are untouched" grep -q precious "$scratch/theirs/cmc/samples.npz"
: >"$scratch/file"
expect "an output that is a file" 3 "creating the folder .* failed" "$a" "$b" "${halves[@]}" --output "$scratch/file/x"
summary
