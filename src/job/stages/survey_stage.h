// Asks homodyne what it makes of the config and the data, before anything else is started.
#pragma once

#include "homodyne/app/facts.h"
#include "job/session/context.h"
#include "plan/plan.h"

namespace hlaunch {

// Runs on the first placement of `here`, which is of this machine; asks for enough shards to fill
// `placements`. Leaves survey/config.yaml (the config for the parts) and survey/facts.json. Throws usage Error in the
// survey's words, infrastructure Error when the application did not run or ignored the hooks.
[[nodiscard]] homodyne::Facts survey(JobContext& context, const Plan& here, unsigned placements);

// The config that an instance of a replica is started with.
[[nodiscard]] std::string replica_config(const RunFolder& folder, unsigned replica);

}  // namespace hlaunch
