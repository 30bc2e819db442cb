// Where the instances of an analysis go.
#pragma once

#include "job/request/options.h"
#include "plan/plan.h"
#include "topology/machine.h"

namespace hlaunch {

// Placements by the options and the mode's defaults; no parts, no stages.
[[nodiscard]] Plan plan_placements(const JobOptions& options, const Machine& machine);
// Whether the user asked for any cut of the machine.
[[nodiscard]] bool is_cut(const PlacementRequest& request);

}  // namespace hlaunch
