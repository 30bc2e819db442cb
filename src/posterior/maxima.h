// Maxima of a density from several starts at once, by Levenberg and Marquardt's method: each round is ONE batch of
// quadratic forms for all starts that still move (Marquardt 1963; damping as Nielsen 1999).
#pragma once

#include <Eigen/Dense>
#include <vector>

#include "posterior/proposals/density.h"

namespace hlaunch {

struct MaximaLimits {
    int rounds = 60;
    double decrease = 1e-6;  // nats: a full step that promises less ends a start
};

struct Maximum {
    Eigen::VectorXd x;
    double value = 0.0;          // log density
    Eigen::MatrixXd covariance;  // inverse of the curvature, repaired where it is singular
    double log_evidence = 0.0;   // Laplace's: value + (d log 2 pi + log det covariance) / 2
    bool converged = false;      // false: out of rounds, or stuck (at a bound)
    int starts = 1;              // how many ended here
};

struct MaximaResult {
    std::vector<Maximum> maxima;  // best evidence first; empty where no start has density
    int rounds = 0;
    int starts_outside = 0;
};

// Rows of `starts` are points. Two ends within two standard deviations of the better one's are one maximum.
[[nodiscard]] MaximaResult find_maxima(Density& density, const Eigen::MatrixXd& starts,
                                       const MaximaLimits& limits = {});

}  // namespace hlaunch
