// What makes two analyses the same: a run folder is continued only by the analysis that began it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "homodyne/app/facts.h"
#include "homodyne/plan/planner.h"

namespace hlaunch {

// The parts of the key by name, so that a difference can be named: derived config, each data file's content,
// the NLSQ result and the variables given by the user, shard count, versions, hooks. Placements are not in it: draws do
// not depend on where they are drawn.
[[nodiscard]] nlohmann::json identity_of(const homodyne::AnalysisRequest& request, const homodyne::Facts& facts,
                                         const std::string& derived_config, const nlohmann::json& variables);
[[nodiscard]] std::string run_key(const nlohmann::json& identity);

// "the config", "data file X" ...: what differs, for people; empty when nothing does.
[[nodiscard]] std::vector<std::string> differences(const nlohmann::json& before, const nlohmann::json& now);

}  // namespace hlaunch
