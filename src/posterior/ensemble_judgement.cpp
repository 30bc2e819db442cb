#include <algorithm>
#include <cmath>

#include "merge/statistics/convergence.h"
#include "posterior/ensemble.h"

namespace hlaunch {
namespace {

constexpr double not_converged = std::numeric_limits<double>::infinity();

double variance_of(const Eigen::MatrixXd& values) {
    return (values.array() - values.mean()).square().sum() / static_cast<double>(values.size() - 1);
}

// Draws of each ensemble as one chain: step by step, all walkers of a step together, so that halves are halves in time.
Eigen::MatrixXd pooled_chains(const Eigen::MatrixXd& draws, Eigen::Index ensembles) {
    const Eigen::Index walkers = draws.cols() / ensembles;
    Eigen::MatrixXd result(draws.rows() * walkers, ensembles);
    for (Eigen::Index e = 0; e < ensembles; ++e)
        for (Eigen::Index step = 0; step < draws.rows(); ++step)
            result.col(e).segment(step * walkers, walkers) = draws.row(step).segment(e * walkers, walkers).transpose();
    return result;
}

// ESS of the mean of `values` (steps x walkers) by the series of the ensembles' averages.
double ess_by_averages(const Eigen::MatrixXd& values, Eigen::Index ensembles) {
    const Eigen::Index walkers = values.cols() / ensembles;
    Eigen::MatrixXd averages(values.rows(), ensembles);
    for (Eigen::Index e = 0; e < ensembles; ++e)
        averages.col(e) = values.middleCols(e * walkers, walkers).rowwise().mean();
    const double spread = variance_of(values);
    const double of_averages = variance_of(averages);
    // Averages that never move are no sign of many draws.
    if (!(of_averages > 1e-12 * spread) || !(spread > 0.0)) return 0.0;
    return ess_of_mean(averages) * spread / of_averages;
}

double quantile_at(const Eigen::MatrixXd& draws, double probability) {
    std::vector<double> sorted(draws.data(), draws.data() + draws.size());
    const auto at = static_cast<std::ptrdiff_t>(probability * static_cast<double>(sorted.size() - 1));
    std::nth_element(sorted.begin(), sorted.begin() + at, sorted.end());
    return sorted[static_cast<std::size_t>(at)];
}

// Never optimistic: not a number is infinity.
double r_hat_or_worse(const Eigen::MatrixXd& chains) {
    const double r_hat = rank_normalised_r_hat(chains);
    return std::isnan(r_hat) ? not_converged : r_hat;
}

}  // namespace

EnsembleJudgement judge_ensembles(const std::vector<Eigen::MatrixXd>& draws, Eigen::Index ensembles) {
    EnsembleJudgement result;
    if (draws.empty() || ensembles < 1 || draws.front().rows() < 10) return result;
    result.steps = draws.front().rows();
    result.walkers = draws.front().cols();
    result.r_hat = result.walker_r_hat = 0.0;
    result.ess_bulk = result.ess_tail = not_converged;
    for (const Eigen::MatrixXd& values : draws) {
        result.r_hat = std::max(result.r_hat, r_hat_or_worse(pooled_chains(values, ensembles)));
        result.walker_r_hat = std::max(result.walker_r_hat, r_hat_or_worse(values));
        result.ess_bulk = std::min(result.ess_bulk, ess_by_averages(normal_scores(values), ensembles));
        for (const double probability : {0.05, 0.95}) {
            const double limit = quantile_at(values, probability);
            const Eigen::MatrixXd below = (values.array() <= limit).cast<double>();
            result.ess_tail = std::min(result.ess_tail, ess_by_averages(below, ensembles));
        }
    }
    return result;
}

bool certifies(const EnsembleJudgement& judgement, const EnsembleLimits& limits) {
    return judgement.r_hat <= limits.r_hat && judgement.ess() >= limits.ess &&
           judgement.walker_r_hat <= limits.walker_r_hat;
}

}  // namespace hlaunch
