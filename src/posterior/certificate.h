// Whether draws of a known Gaussian are draws of a density: importance weights between the two, and Pareto's k of them
// (Vehtari, Simpson, Gelman, Yao, Gabry 2024). Where they are, the weights correct them.
#pragma once

#include <Eigen/Dense>
#include <limits>
#include <span>
#include <string>

#include "merge/parametrisation.h"
#include "merge/statistics/moments.h"
#include "posterior/proposals/psis.h"
#include "posterior/proposals/random_stream.h"

namespace hlaunch {

// Rows of x, and the log of the density that they were drawn from, with respect to x, up to a constant.
struct KnownDraws {
    Eigen::MatrixXd x;
    Eigen::VectorXd log_density;
    Eigen::Index redrawn = 0;  // had no image in x: the Gaussian is cut there
};

// Of a Gaussian in the coordinate. Throws failure Error where nine in ten draws have no image.
[[nodiscard]] KnownDraws draw_gaussian(const Coordinate& coordinate, const Moments& gaussian, Eigen::Index count,
                                       RandomStream& random);

// The Gaussian of the moments of draws that are rows of x, in the coordinate where they are nearest to one (Mardia's
// distance; those that do not map all of 999 in 1,000 are left out). `best`: that coordinate, none where there is none.
[[nodiscard]] Moments gaussian_of(const Eigen::MatrixXd& x, std::span<const Coordinate* const> coordinates,
                                  const Coordinate*& best);

struct Certificate {
    bool certified = false;
    SmoothedWeights weights;  // of the draws
    double variance_k_hat = std::numeric_limits<double>::infinity();
    double limit = 0.0;
    std::string reason;  // why not, in words
};

// log_ratio: target over proposal, a row of x each; -infinity where the target has no density.
[[nodiscard]] Certificate certify(const Eigen::MatrixXd& x, const Eigen::VectorXd& log_ratio);

}  // namespace hlaunch
