// The plan of the main job without running it.
#pragma once

#include <string>

#include "job/request/options.h"
#include "os/process/environment.h"
#include "plan/plan.h"
#include "topology/machine.h"

namespace hlaunch {

// With a config: parts and stages too, by a survey that runs here, in a temporary folder that is gone
// afterwards. `machine` may be foreign. Where placements_in_all is a multiple of the machine's placements: of
// so many nodes alike, the plan of the one that has the most to do. facts: gets what the survey says.
[[nodiscard]] Plan plan_job(const JobOptions& options, const Machine& machine, const Machine& here,
                            const Environment& environment, unsigned placements_in_all = 0,
                            homodyne::Facts* facts = nullptr);

}  // namespace hlaunch
