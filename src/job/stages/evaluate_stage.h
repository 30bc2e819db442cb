// The application once more, without sampling: its own combination of the captured shards for comparison,
// and its own model at the merged parameters (fitted_data.npz, pictures where asked).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "homodyne/app/facts.h"
#include "homodyne/results/shard_file.h"
#include "job/session/context.h"
#include "merge/merge.h"
#include "plan/plan.h"

namespace hlaunch {

// Adds report.comparison. What could not be done is a note, not a failure: the merged draws stand.
[[nodiscard]] std::vector<std::string> evaluate_merged(JobContext& context, const Plan& plan,
                                                       const homodyne::Facts& facts, std::span<const ShardFile> shards,
                                                       MergeReport& report);

// The same of an exact posterior, which has no shards to combine: fitted_data.npz and pictures into merged/cmc.
[[nodiscard]] std::vector<std::string> evaluate_draws(JobContext& context, const Plan& plan,
                                                      const homodyne::Facts& facts, unsigned chains);

}  // namespace hlaunch
