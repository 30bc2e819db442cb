// What each instance used over time, as a picture: a row an instance, a column each for CPU, memory, threads and
// locality.
#pragma once

#include <string>
#include <vector>

#include "run/watch/usage.h"

namespace hlaunch {

struct UsageCurve {
    std::string label;  // "part 000"
    std::string cpus;   // of its placement, "0-15"
    unsigned pus = 0;   // so many: the full height of its CPU panel; 0: unknown
    std::vector<UsageSample> samples;
};

// A whole SVG document. Time is each instance's own, on one scale.
[[nodiscard]] std::string usage_svg(const std::vector<UsageCurve>& curves);

}  // namespace hlaunch
