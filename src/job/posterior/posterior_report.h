// From weighted draws of an exact posterior to the report of a merge: table, views, checks.
#pragma once

#include <Eigen/Dense>
#include <string>
#include <vector>

#include "merge/merge.h"
#include "posterior/exact.h"

namespace hlaunch {

struct WeightedTable {
    Eigen::VectorXd mean, sd, q05, median, q95;
    Eigen::MatrixXd correlation;
};
// Rows of columns are draws; weights sum to 1.
[[nodiscard]] WeightedTable weighted_table(const Eigen::MatrixXd& columns, const Eigen::VectorXd& weights);

// Its shift_sd and sd_ratio: how far `other` is from `usual`.
void set_differences(PosteriorView& view, const WeightedTable& usual, const WeightedTable& other);

// The same draws with other weights. delta: log of the ratio of the densities, a draw.
[[nodiscard]] PosteriorView view_of(const std::string& name, const std::string& description,
                                    const Eigen::MatrixXd& columns, const WeightedTable& usual,
                                    const Eigen::VectorXd& log_weights, const Eigen::VectorXd& delta);

// Draws under narrow priors hardly reach where wider ones would let the answer go: whether these do.
[[nodiscard]] bool reaches_its_priors(const PosteriorView& view);

// Equally weighted draws, as many as wanted but no more than leave nine in ten distinct, a multiple of chains, in an
// order of chance (seed): chains are alike.
struct EqualDraws {
    Eigen::MatrixXd values;
    double distinct_share = 1.0;
};
[[nodiscard]] EqualDraws equal_draws(const Eigen::MatrixXd& columns, const Eigen::VectorXd& weights,
                                     Eigen::Index chains, Eigen::Index wanted, std::uint64_t seed);

// certificate, k-hat or r-hat, ess, basins, priors (where there is such a view), misfit.
[[nodiscard]] std::vector<Check> exact_checks(const ExactResult& result, const ExactRecord& record,
                                              const std::vector<std::string>& names, double misfit);

}  // namespace hlaunch
