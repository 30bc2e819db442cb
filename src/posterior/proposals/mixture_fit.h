// A mixture of t distributions fitted to weighted draws by expectation and maximisation (Peel and McLachlan 2000).
#pragma once

#include <cstdint>

#include "posterior/proposals/student_t.h"

namespace hlaunch {

struct MixtureFitLimits {
    int most_parts = 8;
    int iterations = 40;
    Eigen::Index most_draws = 2000;  // more are thinned by systematic resampling
};

// Rows of `draws`; `weights` need not be normalised. Of one to `most_parts` parts the number with the best Bayesian
// information criterion. Each covariance is drawn to that of its neighbourhood as a few draws more would.
[[nodiscard]] MixtureOfT fit_mixture(const Eigen::MatrixXd& draws, const Eigen::VectorXd& weights, std::uint64_t seed,
                                     const MixtureFitLimits& limits = {});

}  // namespace hlaunch
