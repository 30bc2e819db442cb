#!/usr/bin/env bash
# hlaunch campaign, as far as it comes without the application: what is refused before anything is started.
. "$(dirname "$0")/../lib.sh"
cd "$T"
printf 'analysis_mode: static\n' >config.yaml
echo data >a.h5
campaign() { "$HLAUNCH" campaign --app /bin/true --output out --quiet "$@"; }
check_exit "no scans" 2 campaign --config config.yaml
check_exit "no config" 2 campaign --data a.h5
check_exit "no output" 2 "$HLAUNCH" campaign --config config.yaml --data a.h5 --output ""
check_exit "a pattern that matches nothing" 2 campaign --config config.yaml --data 'b*.h5' 'no/c*.h5'
check "all of them in one line" grep -q 'no file is named by b\*.h5, no/c\*.h5' check.err
check_exit "an empty word" 2 campaign --config config.yaml --data ""
check_exit "a config that is not there" 2 campaign --config none.yaml --data a.h5
check_exit "a config that is a folder" 2 campaign --config . --data a.h5
check_exit "q below zero" 2 campaign --config config.yaml --data a.h5 --q -1
check_exit "q that is no number" 2 campaign --config config.yaml --data a.h5 --q x
check_exit "plots nobody knows" 2 campaign --config config.yaml --data a.h5 --plots some
printf 'file\na.h5\n' >bad.csv
check_exit "a table without data" 2 campaign --config config.yaml --table bad.csv
printf 'data,q\na.h5,0.1\na.h5\n' >bad.csv
check_exit "a row of another width" 2 campaign --config config.yaml --table bad.csv
check "with its line" grep -q 'bad.csv, line 3' check.err
printf '[[scan]]\ndata = 1e\n' >bad.toml
check_exit "TOML that is none" 2 campaign --config config.yaml --table bad.toml
for wrong in 'data = 5' 'data = "a.h5"\nconfig = true' 'data = "a.h5"\nq = "0.005"' 'data = "a.h5"\nq = true'; do
    printf '[[scan]]\n%b\n' "$wrong" >bad.toml
    check_exit "a table with ${wrong##*n} of another type" 2 campaign --config config.yaml --table bad.toml
    check "${wrong##*n}: says so" grep -q "bad.toml, line 1: .* is no \(text\|number\); write it without\|is no text; write the file's name in quotes" check.err
done
check_exit "a table that is not there" 2 campaign --config config.yaml --table none.csv
check_exit "a table that is a FIFO" 3 bash -c 'mkfifo fifo.csv && exec "$0" campaign --app /bin/true --config config.yaml --table fifo.csv --output out' "$HLAUNCH"
printf 'data,name\na.h5,x/y\n' >bad.csv
check_exit "a name that is no folder's" 2 campaign --config config.yaml --table bad.csv
check "nothing was made" test ! -e out
check_exit "another machine" 2 campaign --config config.yaml --data a.h5 --topology "numa:2 core:2 pu:1"
check_exit "an application that is not there" 3 "$HLAUNCH" campaign --app ./none --config config.yaml --data a.h5 --output out
check_exit "an application that takes no hooks" 3 campaign --config config.yaml --data a.h5
check "says so" grep -q "ran without hlaunch's hooks" check.err
"$HLAUNCH" run --output q --quiet -- true
check_exit "a folder of another run" 2 "$HLAUNCH" campaign --app /bin/true --config config.yaml --data a.h5 --output q
summary
