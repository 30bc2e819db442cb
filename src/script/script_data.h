// What a template may say: every variable with its value and where it came from. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "plan/plan.h"
#include "script/script_request.h"
#include "script/site.h"

namespace hlaunch {

// whole: all that the node's machine has; else what the plan's placements take. Memory: the larger of NLSQ's and all
// instances' forecasts, and half a GiB.
[[nodiscard]] NodeNeeds node_needs(const Plan& plan, bool whole);
// Of no node in particular. Throws usage Error, with the remedy, for a scheduler that must be told a size, and for a
// site whose settings rule whole nodes out.
[[nodiscard]] NodeNeeds whole_node_needs(ScriptKind kind, const SiteSettings& site);

struct ScriptVariable {
    std::string name;
    nlohmann::json value;
    std::string source;
};

// Throws usage Error where a directive cannot carry what it must.
[[nodiscard]] std::vector<ScriptVariable> script_variables(const ScriptRequest& request, const NodeNeeds& needs,
                                                           const SiteSettings& site);
[[nodiscard]] nlohmann::json script_context(const std::vector<ScriptVariable>& variables);

}  // namespace hlaunch
