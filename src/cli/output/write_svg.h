// Draws a machine with its placements into a file. Throws infrastructure Error when it cannot be
// written.
#pragma once

#include <string>
#include <vector>

#include "plan/placement.h"

namespace hlaunch {

void write_svg(const std::string& path, const Machine& machine, const std::vector<Placement>& placements,
               const IdSet& reserved_cpus);

}  // namespace hlaunch
