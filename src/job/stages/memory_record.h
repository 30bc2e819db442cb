// Measured peak beside the forecast, and what is learned from it for the next forecast on this machine.
#pragma once

#include <cstdint>
#include <string>

#include "job/session/context.h"

namespace hlaunch {

struct MemoryMeasured {
    std::string stage;
    std::string version;               // of homodyne
    std::uint64_t forecast_bytes = 0;  // as planned
    std::uint64_t formula_bytes = 0;   // without what was learned
};

// A line for the user, an event of the journal, memory.json in the run folder; and, where the instance ended well,
// ran for 5 s or more and was not slowed down by --profile or --tracemalloc, a ratio for the history. A history that
// cannot be written or is locked by another run for a second is left as it is.
void record_memory(JobContext& context, const MemoryMeasured& measured, const InstanceResult& result);

}  // namespace hlaunch
