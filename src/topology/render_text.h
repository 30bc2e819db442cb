// A machine as text: a box a package, a line a NUMA node, and what this process may use of it.
#pragma once

#include <string>

#include "topology/machine.h"

namespace hlaunch {

// Ends in a newline. Without utf8 the boxes are drawn with + - |. Long CPU lists are cut short in
// the boxes.
[[nodiscard]] std::string render_boxes(const Machine& machine, bool utf8);

// Four aligned lines: CPUs online, left by the cpuset, left by the affinity; memory nodes. A fifth under a CPU quota.
[[nodiscard]] std::string render_limits(const Machine& machine);

}  // namespace hlaunch
