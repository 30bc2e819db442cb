# shellcheck shell=bash
# Hosts for a real mpirun on this one machine: each a namespace of network and host name, on a bridge; mpirun starts its daemons
# through an agent instead of ssh. Source it after lib.sh. start_hosts COUNT makes node0 (where mpirun is called) to nodeCOUNT;
# their processes see this machine's files, and end with stop_hosts.
HOSTS_COUNT="" HOSTS_NAME=hlt$$

hosts_can_be_made() {
    [ "$(id -u)" = 0 ] && command -v mpirun ip unshare >/dev/null && ip netns add "$HOSTS_NAME-try" 2>/dev/null &&
        ip netns delete "$HOSTS_NAME-try"
}

# The fourth byte of an address is that of its host, and 10; the network lives in its namespaces only.
start_hosts() {
    local i of other
    HOSTS_COUNT=$1
    ip netns add "$HOSTS_NAME-switch"
    ip -n "$HOSTS_NAME-switch" link add bridge type bridge
    ip -n "$HOSTS_NAME-switch" link set bridge up
    for i in $(seq 0 "$HOSTS_COUNT"); do
        of=$HOSTS_NAME-$i
        ip netns add "$of"
        ip -n "$of" link set lo up
        ip link add eth0 netns "$of" type veth peer name "port$i" netns "$HOSTS_NAME-switch"
        ip -n "$HOSTS_NAME-switch" link set "port$i" master bridge up
        ip -n "$of" address add "10.91.7.$((10 + i))/24" dev eth0
        ip -n "$of" link set eth0 up
        mkdir -p "/etc/netns/$of"
        { echo '127.0.0.1 localhost'; for other in $(seq 0 "$HOSTS_COUNT"); do echo "10.91.7.$((10 + other)) node$other"; done; } >"/etc/netns/$of/hosts"
    done
    # What ssh is for mpirun: options first, then the host, then words for its shell.
    cat >"$T/agent" <<EOF
#!/bin/bash
while [[ \${1:-} == -* ]]; do shift; done
host=\$1
shift
exec ip netns exec "$HOSTS_NAME-\${host#node}" unshare --uts sh -c 'hostname "\$0"; exec sh -c "\$1"' "\$host" "\$*"
EOF
    chmod +x "$T/agent"
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_plm=rsh OMPI_MCA_plm_rsh_agent="$T/agent" \
        OMPI_MCA_plm_rsh_no_tree_spawn=1 OMPI_MCA_oob_tcp_if_include=eth0 OMPI_MCA_btl_tcp_if_include=eth0
}

on_host() { # on_host NUMBER COMMAND...
    local i=$1
    shift
    ip netns exec "$HOSTS_NAME-$i" unshare --uts sh -c 'hostname "$0"; exec "$@"' "node$i" "$@"
}

# Whether a process is of this test: another may use MPI beside it.
of_this_test() { grep -zqsF "XDG_CONFIG_HOME=$T/" "/proc/$1/environ"; }

# The hlaunch-mpi of that rank.
of_rank() {
    local pid
    for pid in $(pgrep -x hlaunch-mpi); do
        if of_this_test "$pid" && grep -zqsx "OMPI_COMM_WORLD_RANK=$1" "/proc/$pid/environ"; then echo "$pid"; fi
    done
}

stop_hosts() {
    local i pid
    [ -n "$HOSTS_COUNT" ] || return 0
    for i in $(seq 0 "$HOSTS_COUNT"); do
        for pid in $(ip netns pids "$HOSTS_NAME-$i"); do kill -KILL "$pid" 2>/dev/null || :; done
        ip netns delete "$HOSTS_NAME-$i" || :
        rm -rf "/etc/netns/$HOSTS_NAME-$i"
    done
    ip netns delete "$HOSTS_NAME-switch" || :
    rmdir /etc/netns 2>/dev/null || :
}
