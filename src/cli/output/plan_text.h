// The plan as a person reads it: a table of placements, then why, then what to beware of.
#pragma once

#include <string>

#include "cli/output/terminal.h"
#include "plan/plan.h"
#include "topology/machine.h"

namespace hlaunch {

// "name: 2 packages, 2 NUMA nodes, 32 cores, 64 CPUs, 512.0 GiB"
[[nodiscard]] std::string machine_line(const Machine& machine, const MachineSummary& summary);
// One row a placement, and the reserved CPUs.
[[nodiscard]] std::string placements_table(const Plan& plan, const Style& style);
// A line an instance, by stage; nothing for a plan of placements only.
[[nodiscard]] std::string parts_table(const Plan& plan, const Style& style);
// Reasons and warnings, each under its heading; nothing where there are none.
[[nodiscard]] std::string reasons_text(const Plan& plan, const Style& style);

}  // namespace hlaunch
