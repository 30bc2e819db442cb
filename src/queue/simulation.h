// The coordinator on virtual time, asked for shares as rank 0's desk asks it: what a run over many nodes would take.
// Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "queue/coordinator.h"

namespace hlaunch {

struct SimulatedPart {
    QueuePart part;
    double seconds = 0.0;  // it really takes, once it is started; its cost is what the coordinator believes
};

struct SimulatedWork {
    std::vector<SimulatedPart> parts;
    double start_s = 0.0;           // of each part besides (imports), when all read from the file system
    std::uint64_t read_bytes = 0;   // by each start, within start_s or a second
    std::uint64_t write_bytes = 0;  // at each end
};

struct SimulationResult {
    double makespan_s = 0.0;
    double lower_bound_s = 0.0;  // no schedule is shorter: Graham (1969); max of mean load, longest, and p_m + p_m+1
    double busy_s = 0.0;         // of all placements together, starts included
    double idle_share = 0.0;     // of placements x makespan
    std::uint64_t peak_node_bytes = 0;
    std::size_t peak_starts = 0;    // within one start_s (at least a second)
    double mean_bytes_per_s = 0.0;  // read and written, over the makespan
    double peak_bytes_per_s = 0.0;
    std::size_t messages = 0;  // to and from the coordinator
};

[[nodiscard]] SimulationResult simulate(const std::vector<QueueNode>& nodes, const SimulatedWork& work);

}  // namespace hlaunch
