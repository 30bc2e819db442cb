// Variables of the environment that the scheduler's commands read as options: they would overrule what a script was
// made with. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "os/process/environment.h"

namespace hlaunch {

// Those of sbatch that are set here and overrule a directive of this script, or make another kind of job of it
// (SBATCH_ARRAY_INX) or another command of sbatch (SBATCH_WAIT). sbatch takes them before directives. Of a script with
// directives of PBS: PBS_DPREFIX, which makes remarks of them all.
[[nodiscard]] std::vector<std::string> overruling_variables(std::string_view script, const Environment& environment);

// Those that srun reads and that no directive of the job asks for: what is set of them comes from whatever sbatch was
// called in (another job, a notebook), not from the job itself.
[[nodiscard]] std::vector<std::string> foreign_step_variables(const std::vector<std::vector<std::string>>& directives);

}  // namespace hlaunch
