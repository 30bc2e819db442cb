// Rank-normalised split R-hat and effective sample sizes of MCMC draws: Vehtari, Gelman, Simpson,
// Carpenter, Buerkner (2021), "Rank-normalization, folding, and localization", as ArviZ computes
// them.
#pragma once

#include <Eigen/Dense>
#include <vector>

#include "merge/statistics/draws.h"

namespace hlaunch {

struct Convergence {
    double r_hat = 0.0;     // the larger of bulk and folded; NaN for a constant or non-finite column
    double ess_bulk = 0.0;  // draws; NaN likewise
    double ess_tail = 0.0;  // the smaller of the 5 % and the 95 % quantile's

    [[nodiscard]] double ess() const;  // the smaller of bulk and tail
};

// `draws` is draws x chains; fewer than 4 draws a chain give NaN.
[[nodiscard]] Convergence convergence(const Eigen::MatrixXd& draws);
[[nodiscard]] std::vector<Convergence> convergence(const Draws& draws);

// The R-hat of convergence() alone.
[[nodiscard]] double rank_normalised_r_hat(const Eigen::MatrixXd& draws);

// Of the mean of the draws as they are, each chain split in two halves.
[[nodiscard]] double ess_of_mean(const Eigen::MatrixXd& draws);

// Average ranks over all chains, as normal scores (Blom's offset 3/8). The shape of `draws`.
[[nodiscard]] Eigen::MatrixXd normal_scores(const Eigen::MatrixXd& draws);

}  // namespace hlaunch
