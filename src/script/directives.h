// The lines under the shebang: what a scheduler reads of a script. Pure.
#pragma once

#include <string>
#include <vector>

#include "script/script_request.h"
#include "script/site.h"

namespace hlaunch {

// The words of each line after "#SBATCH" or "#PBS"; none holds what a scheduler cannot read.
using Directive = std::vector<std::string>;
[[nodiscard]] std::vector<Directive> directives_of(const ScriptRequest& request, const NodeNeeds& needs,
                                                   const SiteSettings& site);

// Whether a directive can carry the name of the run folder as the scheduler's log: else the script keeps its own.
[[nodiscard]] bool log_fits(const ScriptRequest& request);

}  // namespace hlaunch
