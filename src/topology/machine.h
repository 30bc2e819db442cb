// A machine as plain values: what hwloc sees, cut down to what this process may use. No hwloc here:
// os/host/hwloc_reader fills it in. All ids are OS indices; "cpus" are PUs (hardware threads).
#pragma once

#include <cstdint>
#include <optional>
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

// What the kernel lets this process have of the machine beside its CPUs and nodes. Zeros and absent: no such limit.
struct Limits {
    double cpu_quota = 0.0;          // CPUs' worth of time, the smallest of all control groups above us
    std::string cpu_quota_by;        // "cpu.max of /docker/1f2e"
    unsigned quota_seed = 0;         // which CPUs to take under a quota: others under another have other ones
    std::uint64_t memory_bytes = 0;  // of a control group, likewise
    std::string memory_by;
    std::optional<std::uint64_t> tasks_left;  // processes and threads that may still be started
    std::uint64_t tasks = 0;                  // the limit that leaves so few
    std::string tasks_by;                     // "pids.max of /a", "ulimit -u"
    bool memory_policy = true;                // set_mempolicy is not refused, as it is in many containers
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
    IdSet allowed_cpus;  // cpuset AND sched_getaffinity, and no more than the CPU quota has time for
    IdSet unpaid_cpus;   // those that the quota took away
    IdSet allowed_mems;  // Mems_allowed, OS indices of NUMA nodes
    Limits limits;
    std::uint64_t uncounted_bytes = 0;  // memory of the machine that no NUMA node counts
};

}  // namespace hlaunch
