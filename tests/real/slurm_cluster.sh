# shellcheck shell=bash
# A real Slurm of several nodes on this one machine, for as long as the test runs: its daemons are children of the test, ended
# by their pids. Source it after lib.sh. start_slurm FOLDER NODES; then sbatch and the others find it (SLURM_CONF).
SLURM_DAEMONS=()
# SLURM_PROCTRACK: linuxproc, or cgroup where freezer groups are mounted.
SLURM_NODE="CPUs=2 Sockets=1 CoresPerSocket=2 RealMemory=8000"

slurm_is_there() { command -v sbatch >/dev/null && PATH=$PATH:/usr/sbin command -v slurmctld slurmd munged >/dev/null; }

daemon() { # daemon COMMAND...
    PATH=$PATH:/usr/sbin "$@" >>"$SLURM_FOLDER/daemons.log" 2>&1 </dev/null &
    SLURM_DAEMONS=("$!" ${SLURM_DAEMONS[@]+"${SLURM_DAEMONS[@]}"})
}

# free_ports COUNT: the first of so many neighbouring ports that nobody has bound; below those that the kernel gives to clients.
free_ports() {
    python3 - "$1" "$$" <<'P'
import socket, sys
count, start = int(sys.argv[1]), int(sys.argv[2]) * 16
def free(port):
    with socket.socket() as s:
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
for step in range(0, 10000, count):
    first = 20000 + (start + step) % 10000
    if all(free(first + i) for i in range(count)):
        print(first)
        break
P
}

# Other clusters may run beside this one.
start_slurm() {
    SLURM_FOLDER=$1 SLURM_NODES=$2
    local host port node
    port=$(free_ports $(($2 + 1)))
    host=$(hostname -s)
    mkdir -p "$SLURM_FOLDER"/{state,munge}
    for node in $(seq "$SLURM_NODES"); do mkdir -p "$SLURM_FOLDER/spool/n$node"; done
    chmod 700 "$SLURM_FOLDER/munge"
    head -c 128 /dev/urandom >"$SLURM_FOLDER/munge/key"
    chmod 400 "$SLURM_FOLDER/munge/key"
    export SLURM_CONF=$SLURM_FOLDER/slurm.conf
    {
        # A requeued job waits until the credentials of its former start are void: two minutes by default.
        printf '%s\n' "ClusterName=test$port" "SlurmctldHost=$host(127.0.0.1)" "SlurmctldPort=$port" SlurmUser=root SlurmdUser=root \
            AuthType=auth/munge "AuthInfo=socket=$SLURM_FOLDER/munge/socket,cred_expire=5" CredType=cred/munge \
            "StateSaveLocation=$SLURM_FOLDER/state" "SlurmdSpoolDir=$SLURM_FOLDER/spool/%n" \
            "SlurmctldPidFile=$SLURM_FOLDER/slurmctld.pid" "SlurmdPidFile=$SLURM_FOLDER/slurmd-%n.pid" \
            ProctrackType=proctrack/${SLURM_PROCTRACK:-linuxproc} TaskPlugin=task/none SwitchType=switch/none MpiDefault=none \
            SelectType=select/cons_tres SelectTypeParameters=CR_Core SchedulerType=sched/backfill \
            SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0,requeue_delay=1 SlurmdParameters=config_overrides \
            ReturnToService=2 EnforcePartLimits=ALL MailProg=/bin/true KillWait=5 MinJobAge=86400 JobRequeue=1 AccountingStorageType=accounting_storage/none
        for node in $(seq "$SLURM_NODES"); do
            echo "NodeName=n$node NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + node)) $SLURM_NODE"
        done
        echo "PartitionName=debug Nodes=ALL Default=YES MaxTime=04:00:00 State=UP"
    } >"$SLURM_CONF"
    # Groups need systemd; up to 22.05 they could not be switched off.
    local version
    version=$(PATH=$PATH:/usr/sbin slurmd -V | grep -oE '[0-9]+' | head -n 1)
    if [ "$version" -ge 23 ]; then echo "CgroupPlugin=$([ "${SLURM_PROCTRACK:-}" = cgroup ] && echo autodetect || echo disabled)"; else echo CgroupAutomount=no; fi >"$SLURM_FOLDER/cgroup.conf"
    daemon munged --force --foreground --key-file="$SLURM_FOLDER/munge/key" --socket="$SLURM_FOLDER/munge/socket" \
        --pid-file="$SLURM_FOLDER/munge/pid" --log-file="$SLURM_FOLDER/munge/log" --seed-file="$SLURM_FOLDER/munge/seed"
    wait_for 20 test -S "$SLURM_FOLDER/munge/socket" || return 1
    daemon slurmctld -D -c
    for node in $(seq "$SLURM_NODES"); do start_slurmd "n$node"; done
    wait_for 60 nodes_are_idle
}

start_slurmd() { daemon slurmd -D -N "$1"; }
kill_slurmd() { # kill_slurmd NODE: by its pid, at once
    local pid
    pid=$(cat "$SLURM_FOLDER/slurmd-$1.pid")
    kill -KILL "$pid"
    wait "$pid" 2>/dev/null || :
}

no_job_runs() { [ -z "$(squeue --noheader)" ]; }
nodes_are_idle() { [ "$(sinfo --noheader --Node --states=idle --format=%N | sort -u | wc -l)" = "$SLURM_NODES" ]; }

stop_slurm() {
    local pid
    scancel --quiet --user=root 2>/dev/null || :
    # What runs outlives its daemons.
    [ ${#SLURM_DAEMONS[@]} = 0 ] || wait_for 60 no_job_runs || :
    for pid in ${SLURM_DAEMONS[@]+"${SLURM_DAEMONS[@]}"}; do
        kill "$pid" 2>/dev/null || :
        wait "$pid" 2>/dev/null || :
    done
}

# job_is ID STATE
job_is() { [ "$(scontrol show job "$1" | sed -nE 's/.*JobState=([A-Z_]+).*/\1/p' | head -n 1)" = "$2" ]; }
job_ended() { ! [[ $(scontrol show job "$1" | sed -nE 's/.*JobState=([A-Z_]+).*/\1/p' | head -n 1) =~ ^(PENDING|RUNNING|COMPLETING|REQUEUED|CONFIGURING)$ ]]; }
