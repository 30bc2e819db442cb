// Fills the shared folder of compiled code before a campaign: stage nlsq as it is, and stage cmc by the plan's own
// instances up to where each shard would draw (shim/hlaunch_shim/sampling/warm.py).
#pragma once

#include <cstdint>
#include <string>

#include "job/request/options.h"
#include "os/process/environment.h"
#include "topology/machine.h"

namespace hlaunch {

struct Warmed {
    std::string folder;
    std::uint64_t entries_added = 0, bytes_added = 0;
    unsigned placements = 0;           // that the plan uses
    unsigned compiled = 0, found = 0;  // samplers, one a shard or replica
    unsigned not_kept = 0;             // samplers that jax did not keep, or that found no room
    double seconds = 0.0;
};

// Works in a temporary folder that is gone afterwards, kept only where the message of a failure names a log in it.
// Throws Interrupted on a signal; usage Error where nothing is shared or nothing can be hooked; failure naming the
// first part that did not come to its sampler.
[[nodiscard]] Warmed warm_cache(const JobOptions& options, const Machine& machine, const Environment& environment);

}  // namespace hlaunch
