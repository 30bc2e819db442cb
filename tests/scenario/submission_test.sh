#!/usr/bin/env bash
# Handing jobs over to a scheduler that answers in a site's own words, wrongly, late or not at all; each answer is injected (a fake
# scheduler), the real Slurm has tests/real/slurm_test.sh.
. "$(dirname "$0")/../lib.sh"
cd "$T"
echo 'experimental_data: {data_folder_path: ., data_file_name: data.h5}' >config.yaml
: >data.h5
mkdir fake
for command in sbatch squeue scancel scontrol qsub qstat qdel; do ln -s "$REPO/tests/scenario/fake_scheduler.sh" "fake/$command"; done
PATH=$T/fake:$PATH
# The commands that hang cost this; all others answer long before, however busy the machine is.
export HLAUNCH_SCHEDULER_DEADLINE=60s

# fresh NAME: a scheduler without jobs, and a run folder.
fresh() {
    export FAKE_SCHEDULER=$T/$1.state
    run=$1
    mkdir -p "$FAKE_SCHEDULER/jobs"
    echo 101 >"$FAKE_SCHEDULER/next"
}
fault() { if [ "$2" = none ]; then rm -f "$FAKE_SCHEDULER/$1.fault"; else echo "$2" >"$FAKE_SCHEDULER/$1.fault"; fi; }
submit() { "$HLAUNCH" submit "$@" --config config.yaml --no-forecast --node this --output "$run"; }
has() { find "$FAKE_SCHEDULER/jobs" -type f -printf '%f\n' | sort | xargs; }
kept() { python3 -c 'import json, sys; print(*(j.get("cluster", "-") + "/" + j["id"] for j in json.load(open(sys.argv[1] + "/submit.json"))["jobs"]))' "$run"; }

fresh banner
fault sbatch banner
check_equal "the id among a site's lines" "101 work" "$(submit slurm 2>/dev/null)"
check_json "submit.json is what docs/schemas says" banner/submit.json
check_exit "a second one is refused" 2 submit slurm
fault squeue heading
check_exit "also where squeue has a heading" 2 submit slurm
check "with the scheduler's word, not the heading" grep -qF "PENDING (Priority)" check.err
fault squeue garbage
check_exit "an answer that is none: scontrol knows" 2 submit slurm
fault squeue down
fault scontrol down
check_exit "a controller that does not answer has not lost the job" 3 submit slurm
check "says so, with the remedy" grep -q "cannot be told: .*Unable to contact.*remove .*banner/submit.json" check.err
"$HLAUNCH" status banner >status.txt && code=0 || code=$?
check_equal "status: nothing is known" 3 "$code"
check "and says that" grep -qF "job 101 (work): cannot tell" status.txt
fault scancel down
check_exit "stop that could not cancel" 3 "$HLAUNCH" stop banner
check "names the job" grep -q "job 101 may go on: scancel 101: .*Unable to contact" check.err
for command in squeue scontrol scancel; do fault "$command" none; done
check_equal "stop" "asked the scheduler to cancel job 101" "$("$HLAUNCH" stop banner)"
check_equal "ends it" "" "$(has)"

fresh cluster
fault sbatch cluster
check_equal "the id of a job of another cluster" "101 work" "$(submit slurm 2>/dev/null)"
check_equal "is kept with its cluster" alpha/101 "$(kept)"
check_json "which docs/schemas knows" cluster/submit.json

# Taken, but no id was told; the second try must not be a second job.
for how in lost silent; do
    fresh "$how"
    fault sbatch "$how"
    check_equal "taken without an id ($how): found by its script" "101 work" "$(submit slurm 2>/dev/null)"
    fresh "$how-blind"
    fault sbatch "$how"
    fault squeue down
    check_exit "$how, and squeue does not answer" 3 submit slurm
    check_exit "no second job is handed over" 3 submit slurm
    check_equal "there is one" 101 "$(has)"
    fault squeue none
    "$HLAUNCH" status "$run" >status.txt
    check "status finds it" grep -qF "job 101 (work): PENDING (Priority)" status.txt
    check_equal "and stop cancels it" "asked the scheduler to cancel job 101" "$("$HLAUNCH" stop "$run")"
done
fresh refused
fault sbatch refuse
check_exit "a refusal" 2 submit slurm
check "in the scheduler's words" grep -q "sbatch refuses the script: .*Invalid account" check.err
check "leaves nothing behind" test ! -e refused/submit.json

# Killed between the scheduler's taking it and its id; another one at the same time.
fresh killed
fault sbatch taken-hang
background env HLAUNCH_SCHEDULER_DEADLINE=1h "$HLAUNCH" submit slurm --config config.yaml --no-forecast --node this --output killed
is_taken() { [ -n "$(has)" ]; }
check "sbatch has handed it over and does not end" wait_for 20 is_taken
check_exit "two at once: one is refused" 2 submit slurm
check "because the other is at work" grep -q "another hlaunch works in" check.err
kill -KILL "$BACKGROUND_PID"
wait "$BACKGROUND_PID" 2>/dev/null || :
fault sbatch none
check_exit "after a kill nothing is handed over again" 2 submit slurm
check "the job is found by its script" grep -q "job 101 of this run is in the queue already" check.err
check_equal "there is one" 101 "$(has)"

# The merge behind an array is handed over when it can be, and alone.
fresh array
cat >fake/sbatch.one <<'F'
#!/bin/sh
# A FAKE sbatch that takes one job and refuses all others.
[ "$1" = --test-only ] || [ ! -e "$FAKE_SCHEDULER/jobs/101" ] || { echo "sbatch: error: QOSMaxSubmitJobPerUserLimit" >&2; exit 1; }
exec "${0%.one}" "$@"
F
chmod +x fake/sbatch.one
mkdir fake.one && ln -s "$T/fake/sbatch.one" fake.one/sbatch.one && printf '#!/bin/sh\nexec "%s" "$@"\n' "$T/fake/sbatch.one" >fake.one/sbatch && chmod +x fake.one/sbatch
code=0
PATH=$T/fake.one:$PATH submit slurm-array >/dev/null 2>array.err || code=$?
check_equal "the merge is refused" 2 "$code"
check "told with what is there, and the way on" grep -q "QOSMaxSubmitJobPerUserLimit; job 101 (work) is in the queue, and the same command" array.err
check_equal "the work is there and known" "101 -/101" "$(has) $(kept)"
check_equal "the same command hands over the merge alone" "101 work 102 merge" "$(submit slurm-array 2>/dev/null | xargs)"

# A job that ended before anything ran.
fresh dead
submit slurm >/dev/null 2>&1
rm "$FAKE_SCHEDULER/jobs/101"
echo "slurmstepd: error: execve(): no such file" >dead/slurm-101.log
"$HLAUNCH" status dead >status.txt && code=0 || code=$?
check_equal "a job that left nothing" 1 "$code"
check "is said to have ended" grep -q "ended and left nothing" status.txt
check "and its log is named" grep -qF "its log: dead/slurm-101.log" status.txt
check_equal "logs shows it" "slurmstepd: error: execve(): no such file" "$("$HLAUNCH" logs dead)"
"$HLAUNCH" status dead --json >status.json || :
check_equal "as JSON, too" "failed gone dead/slurm-101.log" "$(python3 -c 'import json; s = json.load(open("status.json")); print(s["state"], s["jobs"][0]["standing"], *s["jobs"][0]["logs"])')"

# Another's script under the number that submit.json names: numbers are given again.
fresh other
submit slurm >/dev/null 2>&1
echo /elsewhere/else.sh >"$FAKE_SCHEDULER/jobs/101"
check_equal "a job that runs another script is none of ours" "nothing runs in other" "$("$HLAUNCH" stop other 2>&1 | tail -n 1)"
check_equal "and goes on" 101 "$(has)"

# In a folder of a group the record is the user's alone; one that others could have written is not believed.
fresh group
mkdir -m 2775 group
(umask 002 && submit slurm >/dev/null 2>&1)
check_equal "in a folder of a group nobody else writes what was submitted" 644 "$(stat -c %a group/submit.json)"
chmod o+w group/submit.json
check_exit "one that others may write is not believed" 3 "$HLAUNCH" stop group
check "and says why" grep -q "submit.json.*may be written by others" check.err
check_equal "nothing is cancelled" 101 "$(has)"

# What is set at the prompt does not beat what hlaunch was asked for.
fresh inherited
SBATCH_TIMELIMIT=1 SBATCH_WAIT=1 submit slurm --set walltime=5m >/dev/null 2>inherited.err
check_equal "variables that would overrule the script are left out, and named" "SBATCH_TIMELIMIT=1 SBATCH_WAIT=1" \
    "$(sed -n 's/^hlaunch: \([A-Z_]*=1\) of this environment is left out.*/\1/p' inherited.err | xargs)"

seed=${SUBMISSION_SEED:-1}
unset FAKE_SCHEDULER
check "${SUBMISSION_SEQUENCES:-10} random sequences of submit, status and stop (seed $seed): no job twice, none forgotten" \
    python3 "$REPO/tests/scenario/submission_sequences.py" "$HLAUNCH" "$T/fake" "${SUBMISSION_SEQUENCES:-10}" "$seed"
summary
