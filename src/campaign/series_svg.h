// One parameter against q as a picture: each scan with its error bar, and the weighted mean of each q. Pure.
#pragma once

#include <string>
#include <vector>

#include "campaign/row.h"

namespace hlaunch {

// Nothing to draw where no row is done and has the parameter: an empty string.
[[nodiscard]] std::string series_svg(const std::vector<ScanRow>& rows, const std::string& parameter,
                                     const std::string& unit);

// About `wanted` round numbers (1, 2 or 5 times a power of ten) within [low, high].
[[nodiscard]] std::vector<double> round_ticks(double low, double high, unsigned wanted);

}  // namespace hlaunch
