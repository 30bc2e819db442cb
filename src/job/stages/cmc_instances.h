// The instances of stage cmc: their folders, their task files, and how they are tried again.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "homodyne/app/facts.h"
#include "job/session/context.h"
#include "plan/plan.h"

namespace hlaunch {

// Folders and task files; the instances that have something to do. `key` goes into the draws. Tried again, an instance
// draws only the shards it has not left yet, after out-of-memory with half of the workers. Uses context, plan and facts
// as long as the instances live.
[[nodiscard]] std::vector<StageInstance> prepare_cmc(JobContext& context, const Plan& plan, const Stage& stage,
                                                     const homodyne::Facts& facts, const std::string& key);

// For StageInstance::judge: what the application says of a bad end in the log of that folder.
[[nodiscard]] std::function<std::optional<Outcome>(Outcome, const ExitStatus&)> judge_of(const PartFolder& folder);

}  // namespace hlaunch
