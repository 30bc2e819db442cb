#!/usr/bin/env bash
# hlaunch simulate: the table, the JSON, durations from a journal, and what is refused.
. "$(dirname "$0")/../lib.sh"
cd "$T"
simulate() { "$HLAUNCH" simulate "$@"; }
field() { python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); print(*(eval(e, {"d": d, "r": d["runs"]}) for e in sys.argv[2:]))' "$@"; }
simulate --parts 4 --seconds 10s --nodes 1,2,8 --placements 2 --json >four.json
check_equal "four alike parts on 2, 4 and 16 placements" "[20.0, 10.0, 10.0] 0.75 2" "$(field four.json '[x["makespan_s"] for x in r]' 'r[2]["idle_share"]' 'd["worth_asking_for"]')"
check_json "as docs/schemas says" four.json
simulate --parts 100000 --seconds lognormal:60s,0.6 --nodes 1,10,100,500 --json >many.json
check_equal "100,000 parts are within 2 % of the bound" True "$(field many.json 'all(x["makespan_s"] <= 1.02 * x["lower_bound_s"] for x in r)')"
check "the same seed, the same parts" cmp <(simulate --json) <(simulate --json)
check "another seed, others" bash -c '! cmp -s <("$0" simulate --json) <("$0" simulate --seed 2 --json)' "$HLAUNCH"
check_equal "memory keeps two of four at work" 20.0 "$(simulate --parts 4 --seconds 10s --nodes 1 --placements 4 --part-memory 4G --node-memory 10G --json | field /dev/stdin 'r[0]["makespan_s"]')"
printf 'sleep 0.3\nsleep 0.1\nfalse\n' >commands
"$HLAUNCH" queue commands --output q --quiet 2>/dev/null || :
check_equal "durations of a journal: those that ended well" 2 "$(simulate --from q --json | field /dev/stdin 'd["parts"]')"
check_equal "as many as wanted of them" 500 "$(simulate --from q --parts 500 --json | field /dev/stdin 'd["parts"]')"
check "for people: how many nodes are worth it" bash -c '"$0" simulate --parts 40 --seconds 10s --nodes 1,10,100 --placements 2 | grep -q "^worth asking for: 10 nodes, 20.0 s (100 % busy); 100 would take 10.0 s and idle 80 % of the time$"' "$HLAUNCH"
check_exit "a duration that is none" 2 simulate --seconds normal:1,2
check_exit "no such run" 2 simulate --from nowhere
check_exit "more memory than a node has" 2 simulate --part-memory 4G --node-memory 1G
check_exit "more placements than anybody has" 2 simulate --nodes 1000000 --placements 4096
check_exit "no node" 2 simulate --nodes 0
check_exit "no parts" 2 simulate --parts 0
check "says what there may be" grep -q -e "--parts: Value 0 not in range 1 to 10000000" check.err
for wrong in "--parts -5" "--seed -1" "--node-memory 0" "--unknown nan" "--placements 0"; do
    # shellcheck disable=SC2086
    check_exit "$wrong is nothing" 2 simulate $wrong
done
for option in --parts --seconds --part-memory --node-memory --start --read --write --from; do
    check_exit "$option without a value" 2 simulate "$option" ""
    check "$option without a value: says so" grep -q -e "$option: " check.err
done
summary
