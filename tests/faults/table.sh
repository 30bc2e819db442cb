#!/usr/bin/env bash
# docs/faults.md on standard output, from a run of all *_test.sh: bash tests/faults/table.sh >docs/faults.md
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for test in [!m]*_test.sh; do
    FAULTS_TABLE=$folder/rows FAULTS_COUNTS=$folder/counts bash "$test" >"$folder/log" 2>&1 </dev/null || grep '^not ok' "$folder/log" >&2 || :
    grep '^skip' "$folder/log" >&2 || :
done
cat <<'TEXT'
# Faults tried

What `hlaunch run -- CMD` and `hlaunch queue` do under each of these faults, as tests/faults/*_test.sh see it. After each one they look for
processes that are left, for shared memory that hlaunch knows the name of, for a journal that is whole, and for work that was lost or done
twice once the same command was given again. A row that ends in "(fails)" tells what should happen and does not yet; "(not survived)" is a limit. Made by `bash tests/faults/table.sh >docs/faults.md`.

| fault | where | what happens | test |
| --- | --- | --- | --- |
TEXT
cat "$folder/rows"
echo
awk '{ tried += $1; survived += $2 } END { print tried " faults tried, " survived " survived" }' "$folder/counts"
