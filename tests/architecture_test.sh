#!/usr/bin/env bash
# The rules that keep the rooms apart (see ARCHITECTURE.md), and the size and portability rules of the files.
. "$(dirname "$0")/lib.sh"
cd "$REPO"

sources() { find src -name '*.cpp' -o -name '*.h' | LC_ALL=C sort; }
# Comments may name anything; code may not. Literals with // in them (URLs) lose their tail, which is harmless here.
code_of() { sed -E 's#//.*$##' "$1"; }

# empty NAME TEXT: passes when there is nothing to complain about.
empty() { if [ -z "$2" ]; then pass "$1"; else fail "$1" "$2"; fi; }

# Which rooms each room may include, itself apart.
declare -A may=(
    [base]=""
    [topology]="base"
    [plan]="base topology"
    [os]="base topology plan"
    [check]="base topology os"
    [merge]="base"
    [posterior]="base merge"
    [homodyne]="base topology plan check merge posterior"
    [run]="base topology plan os homodyne merge"
    [queue]="base topology plan os run"
    [mpi]="base topology plan os run queue"
    [script]="base topology plan os run homodyne"
    [report]="base topology plan os homodyne run merge"
    [tune]="base topology plan"
    [campaign]="base topology"
    [job]="base topology plan os check homodyne run queue merge posterior script report tune campaign"
    [cli]="base topology plan os homodyne run merge queue script report check tune job"
)
wrong=
for room in src/*/; do
    room=$(basename "$room")
    if [ -z "${may[$room]+known}" ]; then
        wrong+="src/$room has no place in the picture of the rooms; "
        continue
    fi
    while IFS=: read -r file included; do
        case " ${may[$room]} $room " in
        *" $included "*) ;;
        *) wrong+="$file includes $included/; " ;;
        esac
    done < <(grep -roE '^ *#include "[a-z_]+/' "src/$room" --include='*.h' --include='*.cpp' | sed -E 's/#include "//; s#/$##; s/: */:/')
done
empty "rooms include only the rooms they may know" "$wrong"

empty "hwloc.h and numa.h only in src/os" \
    "$(grep -rlE '#include <(hwloc[./]|numa)' src --include='*.h' --include='*.cpp' | grep -vE '^src/os/' || :)"
empty "mpi.h only in src/mpi" "$(grep -rlE '#include <mpi' src --include='*.h' --include='*.cpp' | grep -vE '^src/mpi/' || :)"

named=
while read -r file; do
    # job speaks of the application to its users; it knows nothing of it that homodyne/ does not tell it.
    case $file in src/homodyne/* | src/cli/* | src/job/*) continue ;; esac
    # Including the adapter is not knowing the application.
    if code_of "$file" | grep -vE '^ *#include|namespace|homodyne::' | grep -qiE 'homodyne|xla'; then named+="$file "; fi
done < <(sources)
empty "only src/homodyne and src/cli know the application" "$named"

long=
while read -r file; do
    lines=$(wc -l <"$file")
    [ "$lines" -le 500 ] || long+="$file has $lines lines; "
done < <(sources; find tests examples tools -name '*.cpp' -o -name '*.sh' -o -name '*.py')
empty "no file over 500 lines" "$long"
check "main.cpp is under 60 lines" test "$(wc -l <src/cli/main.cpp)" -lt 60
empty "no utils file" "$(sources | grep -iE '/(utils?|helpers?|misc)\.' || :)"
empty "headers are guarded by pragma once" \
    "$(find src -name '*.h' | while read -r file; do grep -q '^#pragma once' "$file" || echo "$file"; done)"

if git rev-parse --git-dir >/dev/null 2>&1; then
    # Built from parts, so that this file does not name them itself.
    machine="/wo""rk/|/ro""ot/|/tm""p/w/|/ho""me/[a-z]"
    empty "no paths of one machine" "$(git grep -lIE "(^|[^A-Za-z0-9._\$}])($machine)" -- . ':!tests/data' ':!tests/bare' ':!LICENSE' || :)"
    missing=
    while read -r file; do
        [ -x "$file" ] || [[ $file == */lib* ]] || [[ $file == tools/lib/* ]] || ! head -c 2 "$file" | grep -q '#!' || missing+="$file "
    done < <(git ls-files '*.sh' .ci/run)
    empty "scripts with #! are executable" "$missing"
    if command -v shellcheck >/dev/null; then
        mapfile -t scripts < <(git ls-files '*.sh' .ci/run)
        check "shellcheck" shellcheck -x -S warning "${scripts[@]}"
    else
        skip "shellcheck" "not installed"
    fi
else
    skip "rules about committed files" "not a git clone"
fi
summary
