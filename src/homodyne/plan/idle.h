// Cores that would do nothing, and what would fill them. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "homodyne/app/facts.h"
#include "homodyne/plan/analysis_request.h"
#include "plan/placement.h"

namespace hlaunch::homodyne {

// Of `nodes` nodes alike, each with these placements: how many of their PUs compute while shards are drawn, and the
// remedy. Nothing where no placement is left empty and more than half of what the guide's workers would use computes.
[[nodiscard]] std::optional<std::string> idle_warning(std::span<const Placement> placements, unsigned nodes,
                                                      const AnalysisRequest& request, const Facts& facts);

// The same of nodes whose size is not known: those that get no shard, and all but one where NLSQ alone is wanted.
[[nodiscard]] std::optional<std::string> idle_nodes_warning(unsigned nodes, const AnalysisRequest& request,
                                                            const Facts& facts);

}  // namespace hlaunch::homodyne
