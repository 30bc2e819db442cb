#!/usr/bin/env bash
# The rules that keep the rooms apart (see ARCHITECTURE.md), and the size and portability rules of the files.
. "$(dirname "$0")/lib.sh"
cd "$REPO"

sources() { find src -name '*.cpp' -o -name '*.h' | LC_ALL=C sort; }
# Comments may name anything; code may not. Literals with // in them (URLs) lose their tail, which is harmless here.
code_of() { sed -E 's#//.*$##' "$1"; }

# empty NAME TEXT: passes when there is nothing to complain about.
empty() { if [ -z "$2" ]; then pass "$1"; else fail "$1" "$2"; fi; }

# The table of rooms in ARCHITECTURE.md, "room|what it may include" a line.
table=$(awk -F'|' '
    /^\| room \|/ { on = 1; next }
    on && !/^\|/ { exit }
    on && /^\| `/ { gsub(/[ `]/, "", $2); gsub(/`/, "", $4); print $2 "|" $4 }' ARCHITECTURE.md)
# "file room stem included-room included-stem" a line; a .h and its .cpp are one stem.
includes=$(grep -rE '^ *#include "[a-z0-9_/]+\.h"' src --include='*.h' --include='*.cpp' |
    sed -E 's|^src/(.*)/([^/]*)\.(h\|cpp):.*"(.*)/([^/]*)\.h".*|src/\1/\2.\3 \1 \1/\2 \4 \4/\5|')
check "the table of rooms and the includes are read" test "$(wc -l <<<"$table")" -gt 10 -a "$(wc -l <<<"$includes")" -gt 100
# A name in the table stands for the rooms below it, too.
empty "rooms include only what ARCHITECTURE.md lets them, and all that it lets them" "$(
    awk -v table="$table" '
        BEGIN {
            rows = split(table, row, "\n")
            for (r = 1; r <= rows; r++) {
                split(row[r], cell, "|")
                known[cell[1]] = 1
                may[cell[1]] = cell[2]
            }
        }
        function covers(name, room) { return room == name || index(room, name "/") == 1 }
        {
            seen[$2] = seen[$4] = 1
            if ($2 == $4) next
            names = split(may[$2], name, " ")
            for (i = 1; i <= names; i++)
                if (covers(name[i], $4)) { used[$2, name[i]] = 1; break }
            if (i > names) printf "%s includes %s/; ", $1, $4
        }
        END {
            for (room in seen) if (!(room in known)) printf "src/%s is not in the table; ", room
            for (room in known) {
                if (!(room in seen)) printf "nothing is in src/%s; ", room
                names = split(may[room], name, " ")
                for (i = 1; i <= names; i++)
                    if (!((room, name[i]) in used)) printf "%s may include %s but does not; ", room, name[i]
            }
        }' <<<"$includes"
)"
# circle COLUMN COLUMN: the first circle among what these columns name.
circle() {
    awk -v a="$1" -v b="$2" '$a != $b { print $a, $b }' <<<"$includes" | sort -u | tsort 2>&1 >/dev/null |
    awk '/contains a loop/ { if (loops++) exit; next } { print $2 }'
}
empty "no circle of rooms" "$(circle 2 4)"
empty "no circle of files" "$(circle 3 5)"
empty "every source is in a room" "$(sources | grep -vE '^src/[a-z]+/([a-z_]+/)?[a-z0-9_]+\.(h|cpp)$' || :)"
empty "no folder of src holds more than 24 files" \
    "$({ sources && find src -name '*.py'; } | xargs -n1 dirname | sort | uniq -c | awk '$1 > 24 { print $2, "holds", $1, "files;" }')"

# A test is named after its source, with a word more where a source has several: a/b_test.cpp, a/b_more_test.cpp.
orphans=
while read -r file; do
    stem=${file#tests/unit/}
    stem=${stem%_test.cpp}
    until [ -e "src/$stem.h" ] || [ -e "src/$stem.cpp" ] || [[ ${stem##*/} != *_* ]]; do stem=${stem%_*}; done
    [ -e "src/$stem.h" ] || [ -e "src/$stem.cpp" ] || orphans+="$file "
done < <(find tests/unit -name '*_test.cpp' | LC_ALL=C sort)
empty "each unit test has the name of a source" "$orphans"

only_in() { grep -rlE "$1" src --include='*.h' --include='*.cpp' | grep -vE "$2" || :; }
empty "hwloc.h only in src/os/host and src/os/on_demand" "$(only_in '#include <hwloc[./]' '^src/os/(host|on_demand)/')"
empty "numaif.h only in src/os/numa" "$(only_in '#include <numa' '^src/os/numa/')"
empty "mpi.h only in src/mpi" "$(only_in '#include <mpi' '^src/mpi/')"

named=
while read -r file; do
    # job speaks of the application to its users; it knows nothing of it that homodyne/ does not tell it.
    case $file in src/homodyne/* | src/cli/* | src/job/*) continue ;; esac
    # Including the adapter is not knowing the application.
    if code_of "$file" | grep -vE '^ *#include|namespace|homodyne::' | grep -qiE 'homodyne|xla'; then named+="$file "; fi
done < <(sources)
empty "only src/homodyne, src/job and src/cli know the application" "$named"

long=
while read -r file; do
    lines=$(wc -l <"$file")
    [ "$lines" -le 500 ] || long+="$file has $lines lines; "
done < <(sources; find tests examples tools -name '*.cpp' -o -name '*.sh' -o -name '*.py')
empty "no file over 500 lines" "$long"
check "main.cpp is under 60 lines" test "$(wc -l <src/cli/main.cpp)" -lt 60
empty "no utils file" "$(sources | grep -iE '/(utils?|helpers?|misc)\.' || :)"
empty "the manual page has each flag, key and variable of the table of options" \
    "$(grep -oE '\.(flag|key|variable) = "[^"]+"' src/job/request/option_table.cpp | cut -d'"' -f2 | while read -r name; do
        grep -qF -- "${name//-/\\-}" docs/hlaunch.1 || echo "$name"
    done)"
empty "headers are guarded by pragma once" \
    "$(find src -name '*.h' | while read -r file; do grep -q '^#pragma once' "$file" || echo "$file"; done)"

if git rev-parse --git-dir >/dev/null 2>&1; then
    # Built from parts, so that this file does not name them itself.
    machine="/wo""rk/|/ro""ot/|/tm""p/w/|/ho""me/[a-z]"
    empty "no paths of one machine" "$(git grep -lIE "(^|[^A-Za-z0-9._\$}])($machine)" -- . ':!tests/data' ':!tests/bare' ':!LICENSE' || :)"
    gone=
    while IFS=: read -r file line path; do
        [ -e "$path" ] || [[ $path == *ROOM* ]] || gone+="$file:$line names $path; "
    done < <(git ls-files '*.md' '*.sh' '*.py' '*.h' '*.cpp' | grep -v '^tests/data/' |
        xargs grep -noE '(^|[^A-Za-z0-9_/.$-])(src|tests|tools|bench)/[A-Za-z0-9_/.-]+\.(cpp|h|sh|py)\b' |
        sed -E 's/^([^:]*:[0-9]+:)[^a-z]*/\1/')
    empty "files that are named are there" "$gone"
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
