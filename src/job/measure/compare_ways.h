// What would be started for each way, and by which words: the very command lines.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "job/request/options.h"
#include "os/process/environment.h"
#include "topology/machine.h"
#include "tune/ways.h"

namespace hlaunch {

struct CompareWish {
    std::vector<Way> ways{Way::unbound, Way::numactl, Way::hlaunch};
    unsigned rounds = 3;                          // that count; one more comes before them, in which code is compiled
    unsigned num_warmup = 50, num_samples = 100;  // a chain
    double seconds = 3600.0;                      // no run is started after so many
};

struct WayInstance {
    std::vector<std::string> argv;
    std::string cwd;                 // empty: the user's
    std::optional<unsigned> seed{};  // which of the configs with a seed of their own; absent: the config itself
};

struct WayPlan {
    Way way = Way::unbound;
    std::vector<WayInstance> instances;  // side by side
    std::string told;                    // one line: what it is
    std::string skipped;                 // why it cannot be run here, or empty
};

struct WaysInput {
    std::vector<std::string> app;  // as the plain ways start it, in a folder of their own
    std::string hlaunch;           // this program
    std::string nlsq_result, folder;
    unsigned chains = 0;
};
// options.placements decide the placements of the way hlaunch.
[[nodiscard]] std::vector<WayPlan> plan_ways(const CompareWish& wish, const JobOptions& options, const Machine& machine,
                                             const Environment& environment, const WaysInput& input);

// Nodes on which the way numactl starts one instance each.
[[nodiscard]] unsigned seeds_needed(const CompareWish& wish, const Machine& machine);

// What keeps the figures of this machine from meaning what they seem to; empty where nothing does.
[[nodiscard]] std::vector<std::string> caveats_of(const Machine& machine);

}  // namespace hlaunch
