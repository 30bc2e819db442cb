// The same short analysis by each way, round by round, timed and watched by the same rules.
#pragma once

#include <string>
#include <vector>

#include "job/measure/compare_ways.h"
#include "tune/way_results.h"

namespace hlaunch {

struct Compared {
    std::vector<WayPlan> plans;
    std::vector<WayMeasured> measured;  // of each
    unsigned num_shards = 0, chains = 0, rounds = 0;
    std::string cut_short;  // why fewer rounds than wished; or empty
};

// NLSQ once for all. Each way is a process tree of its own, started, timed, watched and ended by the same stage runner;
// all is in a temporary folder that is gone afterwards, also after a stop. A way that fails is left out of later
// rounds. Throws Error for what is refused, and Interrupted.
[[nodiscard]] Compared compare(const CompareWish& wish, const JobOptions& options, const Machine& machine,
                               const Environment& environment);

}  // namespace hlaunch
