// A machine of one package, one node and two cores, of which one CPU is not allowed.
#pragma once

#include "topology/machine.h"

inline hlaunch::Machine small_machine() {
    using namespace hlaunch;
    Machine machine;
    machine.name = "a<b>&\"c\"";
    machine.cpus = IdSet::parse("0-3");
    machine.cpuset_cpus = machine.cpus;
    machine.allowed_cpus = IdSet::parse("0-2");
    machine.allowed_mems = IdSet{0};
    machine.packages = {{0, machine.cpus}};
    machine.cores = {{IdSet{0, 1}}, {IdSet{2, 3}}};
    NumaNode node;
    node.cpus = machine.cpus;
    node.memory_bytes = 1ULL << 30U;
    machine.numa_nodes = {node};
    return machine;
}
