// Pareto-smoothed importance weights: Vehtari, Simpson, Gelman, Yao, Gabry (2024), as ArviZ's psislw computes them.
#pragma once

#include <Eigen/Dense>
#include <cstdint>
#include <limits>
#include <vector>

#include "posterior/proposals/random_stream.h"

namespace hlaunch {

struct SmoothedWeights {
    Eigen::VectorXd log_weights;  // normalised: the sum of their exponentials is 1
    double k_hat = std::numeric_limits<double>::infinity();
    double effective = 0.0;  // 1 / sum of w^2
};

// -infinity is a weight of zero and counts as a draw. k-hat is infinity where the tail cannot be fitted (the weights
// are then normalised only), -infinity where all weights are alike. No weight above zero: all -infinity, effective 0.
[[nodiscard]] SmoothedWeights smooth_weights(const Eigen::VectorXd& log_weights);

// Below it the weights of so many draws can be trusted: min(1 - 1/log10(draws), `cap`).
[[nodiscard]] double k_hat_limit(Eigen::Index draws, double cap = 0.7);

// Systematic resampling: rows of draws, ascending, each about count x weight times. `weights` need not be normalised.
[[nodiscard]] std::vector<Eigen::Index> resample(const Eigen::VectorXd& weights, Eigen::Index count,
                                                 std::uint64_t seed);
[[nodiscard]] std::vector<Eigen::Index> resample(const Eigen::VectorXd& weights, Eigen::Index count,
                                                 RandomStream& random);

// log(sum of exp); -infinity for nothing.
[[nodiscard]] double log_sum_exp(const Eigen::VectorXd& values);
[[nodiscard]] Eigen::VectorXd log_sum_exp_of_rows(const Eigen::MatrixXd& values);

}  // namespace hlaunch
