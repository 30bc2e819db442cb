#!/bin/sh
# A FAKE scheduler, for tests: linked as sbatch, squeue, scancel, scontrol, qsub, qstat and qdel. What it has lies in
# FAKE_SCHEDULER/jobs, a file a job with its script. FAKE_SCHEDULER/COMMAND.fault, if it is there, says how COMMAND goes wrong.
jobs=$FAKE_SCHEDULER/jobs
command=${0##*/}
fault=
[ ! -f "$FAKE_SCHEDULER/$command.fault" ] || read -r fault <"$FAKE_SCHEDULER/$command.fault"
for last; do :; done
for word; do
    case $word in
    --test-only) exit 0 ;;
    --jobs=*) id=${word#--jobs=} ;;
    --me) all=yes ;;
    -f) all=yes ;;
    esac
done
down() {
    case $command in
    q*) echo "Connection refused; $command: cannot connect to server" >&2 ;;
    *) echo "slurm_load_jobs error: Unable to contact slurm controller (connect failure)" >&2 ;;
    esac
    exit 1
}
case $fault in
down) down ;;
hang) exec sleep 1000 ;;
garbage) echo "Welcome to alpha; maintenance on Tuesday" && exit 0 ;;
refuse) echo "$command: error: Batch job submission failed: Invalid account or account/partition combination specified" >&2 && exit 1 ;;
esac
case $command in
sbatch | qsub)
    read -r number <"$FAKE_SCHEDULER/next"
    echo $((number + 1)) >"$FAKE_SCHEDULER/next"
    printf '%s\n' "$last" >"$jobs/$number"
    case $command in qsub) number=$number.server ;; esac
    case $fault in
    lost) echo "$command: error: Batch job submission failed: Socket timed out on send/recv operation" >&2 && exit 1 ;;
    silent) exit 0 ;;
    taken-hang) exec sleep 1000 ;;
    banner) echo "This job will be charged to account xpcs01" && echo "quota: 17 hours" >&2 && echo "$number" && echo "have a nice day" ;;
    cluster) echo "$number;alpha" ;;
    *) echo "$number" ;;
    esac
    ;;
squeue)
    if [ -n "${all:-}" ]; then
        for job in "$jobs"/*; do [ ! -f "$job" ] || { read -r script <"$job" && echo "${job##*/}|${job##*/}|RUNNING|None|$script"; }; done
    elif [ -f "$jobs/$id" ]; then
        [ "$fault" != heading ] || echo "CLUSTER: alpha"
        read -r script <"$jobs/$id"
        echo "$id|$id|PENDING|Priority|$script"
    else
        echo "slurm_load_jobs error: Invalid job id specified" >&2
        exit 1
    fi
    ;;
qstat)
    if [ -n "${all:-}" ]; then
        for job in "$jobs"/*; do
            [ ! -f "$job" ] || { read -r script <"$job" && printf 'Job Id: %s.server\n    job_state = Q\n    Submit_arguments = %s\n\n' "${job##*/}" "$script"; }
        done
    elif [ -f "$jobs/${last%.server}" ]; then
        echo "$last hlaunch somebody 00:00:00 Q workq"
    else
        echo "qstat: Unknown Job Id $last" >&2
        exit 153
    fi
    ;;
scontrol)
    if [ -f "$jobs/$last" ]; then
        echo "JobId=$last JobName=hlaunch"
        echo "   JobState=PENDING Reason=Priority"
    else
        echo "slurm_load_jobs error: Invalid job id specified" >&2
        exit 1
    fi
    ;;
scancel | qdel)
    [ "$fault" != lies ] || exit 0
    if [ -f "$jobs/${last%.server}" ]; then
        rm "$jobs/${last%.server}"
    else
        echo "$command: error: Kill job error on job id $last: Invalid job id specified" >&2
        exit 1
    fi
    ;;
esac
