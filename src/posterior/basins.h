// Which maximum holds how much of the mass.
#pragma once

#include <Eigen/Dense>
#include <vector>

#include "merge/parametrisation.h"
#include "posterior/maxima.h"

namespace hlaunch {

// A share for each maximum: the weights of the draws (rows of `x`) that are nearest to it, by Mahalanobis' distance in
// `coordinate`. Maxima and draws that are no points of it count for none.
[[nodiscard]] Eigen::VectorXd shares_of_mass(const Coordinate& coordinate, const std::vector<Maximum>& maxima,
                                             const Eigen::MatrixXd& x, const Eigen::VectorXd& log_weights);

}  // namespace hlaunch
