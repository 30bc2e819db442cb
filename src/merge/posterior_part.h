// One of the posteriors that are merged.
#pragma once

#include <cstdint>
#include <string>

#include "merge/consensus.h"
#include "merge/statistics/draws.h"

namespace hlaunch {

struct PosteriorPart {
    std::string label;             // for people: "shard 3", "results/A"
    std::int64_t index = 0;        // of a shard, in its whole run
    Draws sampled;                 // in sampling coordinates, columns = Parametrisation::sites()
    Draws parameters;              // columns = Parametrisation::parameters()
    SitePriors prior;              // of these draws (consensus only)
    std::int64_t divergent = 0;    // draws
    bool own_combination = false;  // draws that an application made up from moments
};

}  // namespace hlaunch
