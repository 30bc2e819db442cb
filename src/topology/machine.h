// A machine as plain values: what hwloc sees, cut down to what this process may use. No hwloc here:
// os/hwloc_reader fills it in. All ids are OS indices; "cpus" are PUs (hardware threads).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/id_set.h"

namespace hlaunch {

struct Core {
    IdSet cpus;  // all PUs of the core that exist and are online
};

struct Package {
    unsigned os_index = 0;
    IdSet cpus;
};

struct NumaNode {
    unsigned os_index = 0;
    IdSet cpus;                      // locality; empty for a CPU-less node without a near CPU
    std::uint64_t memory_bytes = 0;  // local memory
    bool allowed = true;             // in Mems_allowed
    std::string subtype;             // hwloc's ("HBM", "MCDRAM", "CXL", ...) or empty
    bool cpuless = false;            // the kernel lists no CPU as its own: memory beside another node
};

// Vectors are in hwloc's logical order. packages, numa_nodes and cores may be empty where hwloc has no
// such object; readers of this struct fall back to "the machine is one package / one node / a core a PU".
struct Machine {
    std::string name;       // host name, or what --topology named
    std::string cpu_model;  // of the first package, or empty
    bool foreign = false;   // from --topology: planned for, never executed on
    std::vector<Package> packages;
    std::vector<NumaNode> numa_nodes;
    std::vector<unsigned> numa_distances;  // as the firmware tells, row by row over numa_nodes; or empty
    std::vector<IdSet> l3;                 // one PU set an L3 cache
    std::uint64_t l3_bytes = 0;            // of one L3 cache
    std::vector<Core> cores;
    IdSet cpus;          // every online PU
    IdSet cpuset_cpus;   // what the cpuset leaves of them
    IdSet allowed_cpus;  // cpuset AND sched_getaffinity
    IdSet allowed_mems;  // Mems_allowed, OS indices of NUMA nodes
};

}  // namespace hlaunch
