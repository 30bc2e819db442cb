// Pareto-smoothed importance sampling's own warning: the shape k of the generalised Pareto
// distribution fitted to the largest weights (Zhang & Stephens 2009; Vehtari, Simpson, Gelman, Yao,
// Gabry 2024).
#pragma once

#include <Eigen/Dense>
#include <limits>

namespace hlaunch {

// Distribution function 1 - (1 + k x / scale)^(-1/k), x >= 0.
struct GeneralisedPareto {
    double shape = std::numeric_limits<double>::infinity();  // k
    double scale = std::numeric_limits<double>::quiet_NaN();
};

// Zhang & Stephens' empirical Bayes estimate, with Vehtari et al.'s weak prior of k = 0.5. `excesses` above a
// threshold, ascending. Shape infinity and no scale where no such distribution fits.
[[nodiscard]] GeneralisedPareto fit_generalised_pareto(const Eigen::ArrayXd& excesses);

// How many of the largest of so many weights are the tail: 3 sqrt(n), a fifth where they are few.
[[nodiscard]] Eigen::Index pareto_tail_size(Eigen::Index draws);

// Below 0.7 the weights can be trusted; infinity when the tail is too short or all weights are
// alike in it. Weights that are all equal give -infinity: nothing to smooth.
[[nodiscard]] double pareto_k(const Eigen::VectorXd& log_weights);

}  // namespace hlaunch
