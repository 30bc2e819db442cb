// Which NUMA nodes are near which CPUs, and which of them hold ordinary memory.
#pragma once

#include <cstddef>
#include <vector>

#include "topology/machine.h"

namespace hlaunch {

// The CPUs that share their nearest memory: one distinct cpuset of NUMA nodes that holds allowed
// CPUs and is no union of others. HBM beside DRAM belongs to the same locality; a CXL node over all
// CPUs to none.
struct Locality {
    IdSet cpus;                      // online PUs, allowed or not
    std::vector<std::size_t> nodes;  // indices into Machine::numa_nodes, never empty
    std::vector<std::size_t> dram;   // those of ordinary memory, never empty
};
[[nodiscard]] std::vector<Locality> find_localities(const Machine& machine);

// A core this process may use at least one PU of. A PU outside every Core object counts as a core.
struct UsableCore {
    IdSet cpus;                // its allowed PUs
    std::size_t locality = 0;  // index into find_localities(); 0 on a machine without NUMA objects
    std::size_t package = 0;   // index into Machine::packages; packages.size() when in none
    bool own_memory = true;    // false: in no NUMA node's cpuset, only assigned to a neighbouring one
};
// In logical order. A core lies in the smallest locality that holds it.
[[nodiscard]] std::vector<UsableCore> find_usable_cores(const Machine& machine,
                                                        const std::vector<Locality>& localities);

// The allowed nodes with memory that CPUs of this locality should take pages from.
struct MemoryChoice {
    IdSet mems;            // OS indices; empty only where no node is allowed
    bool remote = false;   // none of the locality's own: the nearest other one
    bool special = false;  // local, but HBM or the like, since its DRAM is not allowed
};
[[nodiscard]] MemoryChoice choose_memory(const Machine& machine, const Locality& locality);

}  // namespace hlaunch
