// The config an instance is started with when its data is staged.
#pragma once

#include <string>

#include "homodyne/app/facts.h"
#include "job/session/context.h"

namespace hlaunch {

// With --stage: copies the data, once in a run, links the folder to the placement's copy and returns the config that
// names it there; without, or without the memory for it, `config` itself. Neither is part of the analysis' identity.
[[nodiscard]] std::string staged_config(JobContext& context, const std::vector<Placement>& placements,
                                        const Placement& placement, const homodyne::Facts& facts,
                                        const PartFolder& folder, const std::string& config);

}  // namespace hlaunch
