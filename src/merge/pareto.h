// Pareto-smoothed importance sampling's own warning: the shape k of the generalised Pareto
// distribution fitted to the largest weights (Zhang & Stephens 2009; Vehtari, Simpson, Gelman, Yao,
// Gabry 2024).
#pragma once

#include <Eigen/Dense>

namespace hlaunch {

// Below 0.7 the weights can be trusted; infinity when the tail is too short or all weights are
// alike in it. Weights that are all equal give -infinity: nothing to smooth.
[[nodiscard]] double pareto_k(const Eigen::VectorXd& log_weights);

}  // namespace hlaunch
