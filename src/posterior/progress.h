// What a sampler tells while it works.
#pragma once

#include <Eigen/Dense>
#include <functional>
#include <limits>
#include <string>

namespace hlaunch {

struct Progress {
    std::string what;              // "maxima", "importance", "ensembles"
    Eigen::Index evaluations = 0;  // of log densities, so far
    double k_hat = std::numeric_limits<double>::quiet_NaN();
    double ess = std::numeric_limits<double>::quiet_NaN();
    double r_hat = std::numeric_limits<double>::quiet_NaN();
};
using ProgressCallback = std::function<void(const Progress&)>;  // may be empty

}  // namespace hlaunch
