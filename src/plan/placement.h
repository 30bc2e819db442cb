// A placement: the slice of a node that one instance runs in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/id_set.h"
#include "plan/placement_request.h"
#include "topology/machine.h"
#include "topology/mem_policy.h"

namespace hlaunch {

struct Placement {
    unsigned index = 0;
    IdSet cpus;  // allowed PUs, the reserved ones taken out
    IdSet mems;  // DRAM nodes of the CPUs' own locality
    MemPolicy mem_policy = MemPolicy::bind;
    unsigned cores = 0;  // physical cores with at least one PU in cpus
    std::uint64_t memory_bytes =
        0;  // of mems, divided among those that share them; all together at most a group's limit
    std::vector<unsigned> packages;    // OS indices
    std::vector<unsigned> numa_nodes;  // OS indices
};

// Of all of them together.
[[nodiscard]] unsigned cores_of(const std::vector<Placement>& placements);

struct Placements {
    std::vector<Placement> list;
    IdSet reserved_cpus;
    std::vector<std::string> reasons;  // one line a choice: "per numa: each node has 16 cores (8 or more)"
    std::vector<std::string> warnings;
};

// Pure and deterministic. Throws usage Error when the request cannot be met (--instances 0, more
// instances than cores, cores:N larger than the machine), infrastructure Error when no CPU is allowed.
[[nodiscard]] Placements choose_placements(const Machine& machine, const PlacementRequest& request);

// What the plan says of the machine (design: "machine" in plan's JSON).
struct MachineSummary {
    unsigned packages = 1;    // without Package objects 1
    unsigned numa_nodes = 1;  // CPU localities: distinct cpusets of nodes with allowed CPUs, no unions of others
    unsigned cores = 0;       // with at least one allowed PU
    unsigned pus = 0;         // allowed
    IdSet allowed_cpus, allowed_mems;
    std::uint64_t memory_bytes = 0;           // of the allowed nodes, at most the control groups' limit
    double cpu_quota = 0.0;                   // CPUs' worth of time that control groups leave; 0: no quota
    std::uint64_t memory_limit_bytes = 0;     // of control groups; 0: none
    std::optional<std::uint64_t> tasks_left;  // processes and threads that may still be started; absent: no limit
    std::string tasks_by;                     // "pids.max of /a (512)"; of this start, in no plan.json
};
[[nodiscard]] MachineSummary summarize(const Machine& machine);

}  // namespace hlaunch
