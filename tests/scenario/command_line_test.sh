#!/usr/bin/env bash
# The command line as a whole: help in groups with the one line first, and the nearest known name for what is unknown.
. "$(dirname "$0")/../lib.sh"
cd "$T"
"$HLAUNCH" --help >help.txt
check_equal "the one line stands before the list of commands" "hlaunch --mode cmc-hpc --config config.yaml --output results/" \
    "$(sed -n '/^Usage/q; s/^ *\(hlaunch .*[^ ]\)  *(.*/\1/p' help.txt)"
check_equal "commands are in groups" "Options: Run: Look: Before a run: Cluster: Measure:" "$(grep '^[A-Z].*:$' help.txt | xargs)"
for command in $(sed -n 's/^  \([a-z][a-z-]*\)  .*/\1/p' help.txt); do
    check "$command --help has an example" grep -q "hlaunch" <("$HLAUNCH" "$command" --help | grep -iA3 example)
done
says "an unknown command" 2 "there is no 'hlaunch stauts'; did you mean status? see hlaunch --help" "$HLAUNCH" stauts results/
says "one that is like none" 2 "there is no 'hlaunch xyzzy'; see hlaunch --help" "$HLAUNCH" xyzzy
says "below a command" 2 "there is no 'hlaunch cache lst'; did you mean list? see hlaunch cache --help" "$HLAUNCH" cache lst
says "an unknown option" 2 "expected: --ouput; did you mean --output? see hlaunch run --help" "$HLAUNCH" run --ouput x
says "of the main job" 2 "did you mean --config? see hlaunch run --help" "$HLAUNCH" --confg=c.yaml --output x
says "one that is like none" 2 "expected: --bogus; see hlaunch plan --help" "$HLAUNCH" plan --bogus
says "a scheduler's option" 2 "did you mean --set walltime=...? see hlaunch submit --help" "$HLAUNCH" submit slurm --walltime 2h
says "and with its value" 2 "did you mean --set account=...?" "$HLAUNCH" script slurm --account=beam
says "no command" 2 "A subcommand is required; see hlaunch --help" "$HLAUNCH"
summary
