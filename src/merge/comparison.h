// How one set of draws differs from another of the same parameters.
#pragma once

#include <string>
#include <vector>

#include "merge/statistics/draws.h"

namespace hlaunch {

struct Comparison {
    struct Row {
        std::string name;
        double shift_sd = 0.0;  // (other mean - reference mean) / reference sd
        double sd_ratio = 0.0;  // other / reference
    };
    std::string label;  // what `other` is
    std::vector<Row> rows;
    double largest_shift_sd = 0.0;                // absolute
    double largest_correlation_difference = 0.0;  // absolute
    std::string correlation_pair;                 // where: "D0, alpha"
};

// Over the parameters that both have; throws usage when there is none.
[[nodiscard]] Comparison compare(const Draws& reference, const Draws& other, const std::string& label);

}  // namespace hlaunch
