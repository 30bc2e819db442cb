#!/usr/bin/env bash
# tools/lib/build.sh on a small project: configured anew when what it looks for or what it is told changes, and only then; and what is shown
# meanwhile. It is no C++, so that it takes seconds.
. "$(dirname "$0")/lib.sh"
if ! command -v meson >/dev/null || ! command -v pkg-config >/dev/null; then
    skip "configuring" "meson or pkg-config is missing"
    summary
fi
mkdir -p "$T/source" "$T/found"
cd "$T"
export PKG_CONFIG_PATH=$T/found
cat >source/meson.build <<'M'
project('parts')
part = dependency('part-of-this-test', required: false, method: 'pkg-config')
copy = [find_program('cp'), '@INPUT@', '@OUTPUT@']
custom_target('base', input: 'meson.build', output: 'base', command: copy, build_by_default: true)
if part.found()
  custom_target('extra', input: 'meson.build', output: 'extra', command: copy, build_by_default: true)
endif
configure_file(output: 'taste', configuration: {'taste': get_option('taste')})
M
echo "option('taste', type: 'string', value: 'none')" >source/meson_options.txt
in_pieces() { bash -c 'set -euo pipefail; for p in common build; do . "$0/tools/lib/$p.sh"; done; "$@"' "$REPO" "$@"; }
build() { in_pieces build_project "$T/source" "$T/build" all "$@"; }
state() { echo "$(cd build && for part in base extra quickstart; do [ ! -e $part ] || echo $part; done | xargs), taste $(grep -o 'taste .*' build/taste | cut -d' ' -f2-)"; }

check "configured and built" build -Dtaste=sweet
mkdir build/quickstart && echo mine >build/quickstart/results
check_equal "without the part, which is not there" "base quickstart, taste sweet" "$(state)"
before=$(stat -c %Y.%i build/meson-private/coredata.dat)
check "again" build -Dtaste=sweet
check_equal "nothing is configured for nothing" "$before" "$(stat -c %Y.%i build/meson-private/coredata.dat)"
printf 'Name: part\nDescription: a part\nVersion: 1\n' >found/part-of-this-test.pc
base=$(stat -c %y build/base)
check "the part is installed" build -Dtaste=sweet
check_equal "and found" "base extra quickstart, taste sweet" "$(state)"
check_equal "what had been built stays" "$base" "$(stat -c %y build/base)"
check "another option" build -Dtaste=sour
check_equal "holds for a folder that is there" "base extra quickstart, taste sour" "$(state)"
rm found/part-of-this-test.pc build/extra
check "the part is gone" build -Dtaste=sour
check_equal "and not built any more" "base quickstart, taste sour" "$(state)"

# Folders that cannot be configured again: interrupted, of a moved clone.
rm build/meson-private/coredata.dat
check "an interrupted setup" build -Dtaste=sour
check_equal "is made anew, and the quickstart's results stay" "base quickstart, taste sour mine" "$(state) $(cat build/quickstart/results)"
mkdir moved && mv source build moved
check "a moved clone" in_pieces build_project "$T/moved/source" "$T/moved/build" all -Dtaste=salty
check_equal "is made anew" "base quickstart, taste salty" "$(cd moved && state)"
mv moved/* .
mkdir theirs && echo mine >theirs/thesis.tex
check "a folder with somebody's files" in_pieces build_project "$T/source" "$T/theirs" all
check "keeps them" test -e theirs/thesis.tex

# What is told while it goes on. The clock is moved on by ten seconds a look.
moved_on='sleep() { SECONDS=$((SECONDS + 10)); command sleep 0.01; }'
cat >compiler <<'N'
#!/bin/sh
for i in 1 2 3; do echo "[$((i * 19))/57] Compiling"; done
until grep -q '57 of 57' told; do sleep 0.05; done
[ ! -e fail ] || { echo "x.cpp:1: error: no such thing"; exit 1; }
N
mkdir bin && mv compiler bin/ninja && chmod +x bin/ninja
compile() { PATH=$T/bin:$PATH timeout 60 bash -c 'set -euo pipefail; for p in common build; do . "$0/tools/lib/$p.sh"; done; '"$moved_on"'; compile_project build all' "$REPO" 2>told </dev/null; }
check "compiling" compile
check "tells how far it is, each ten seconds" grep -qxE 'compiling: 57 of 57, ([0-9]+ min )?[0-9]+ s' told
check "in minutes, too" test "$(bash -c '. "$0/tools/lib/common.sh"; duration 59; duration 60; duration 80; duration 3601' "$REPO" | xargs)" = "59 s 1 min 0 s 1 min 20 s 60 min 1 s"
touch fail
code=0
compile || code=$?
check_equal "that fails: exit code 3" 3 "$code"
check "with its errors" grep -q 'x.cpp:1: error: no such thing' told
check_equal "an exit code is passed on, silent where it is quick" "7 " "$(code=0; in_pieces shown_while waiting "" sh -c 'exit 7' 2>&1 || code=$?; echo "$code ")"
summary
