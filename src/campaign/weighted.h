// Several scans' estimates of one quantity as one: the mean weighted with 1/sd^2, and whether their scatter is what the
// sds promise (Birge, Phys. Rev. 40 (1932) 207). Pure.
#pragma once

#include <string>
#include <vector>

#include "campaign/row.h"

namespace hlaunch {

struct WeightedMean {
    std::size_t count = 0;
    double mean = 0.0;
    double sd = 0.0;           // 1 / sqrt(sum of 1/sd^2)
    double chi_squared = 0.0;  // of the scatter about the mean, count - 1 degrees of freedom
    double birge_ratio = 0.0;  // sqrt(chi_squared / (count - 1)); 0 for a single one
    double scaled_sd = 0.0;    // sd * max(1, birge_ratio)
};

// Those with a finite value and sd > 0.
[[nodiscard]] WeightedMean weighted_mean(const std::vector<Estimate>& estimates);

struct Summary {
    std::string config;
    double q_per_angstrom = 0.0;
    std::string parameter;
    WeightedMean mean;
};

// By config, q (as asked for, else as found) and parameter, over all rows that are done; q that differ by less than a
// part in 10^6 are one.
[[nodiscard]] std::vector<Summary> summarize(const std::vector<ScanRow>& rows);

}  // namespace hlaunch
