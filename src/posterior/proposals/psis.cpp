#include "posterior/proposals/psis.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "merge/statistics/pareto.h"
#include "posterior/proposals/random_stream.h"

namespace hlaunch {
namespace {

constexpr double no_bound = std::numeric_limits<double>::infinity();
constexpr Eigen::Index shortest_tail = 5;
constexpr std::uint64_t resampling_stream = 0x7265'7361'6d70;

// Quantile functions of the fitted distribution at the order statistics' places, for the weights that `order` ranks
// last. `scaled`: log weights whose largest is 0.
void smooth_tail(Eigen::VectorXd& scaled, SmoothedWeights& result) {
    const Eigen::Index count = scaled.size();
    const Eigen::Index tail = pareto_tail_size(count);
    if (tail < shortest_tail) return;
    std::vector<Eigen::Index> order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), Eigen::Index{0});
    std::sort(order.begin(), order.end(),
              [&](Eigen::Index a, Eigen::Index b) { return scaled(a) != scaled(b) ? scaled(a) < scaled(b) : a < b; });
    const auto ranked = [&](Eigen::Index rank) { return order[static_cast<std::size_t>(rank)]; };
    if (scaled(ranked(0)) == 0.0) {
        result.k_hat = -no_bound;
        return;
    }
    const double cutoff = std::exp(scaled(ranked(count - tail - 1)));
    Eigen::ArrayXd excesses(tail);
    for (Eigen::Index i = 0; i < tail; ++i) excesses(i) = std::exp(scaled(ranked(count - tail + i))) - cutoff;
    if (!(excesses(tail - 1) > excesses(0))) return;
    const GeneralisedPareto fit = fit_generalised_pareto(excesses);
    result.k_hat = fit.shape;
    if (!std::isfinite(fit.shape) || !(fit.scale > 0.0)) return;
    for (Eigen::Index i = 0; i < tail; ++i) {
        const double log_survival = std::log1p(-(static_cast<double>(i) + 0.5) / static_cast<double>(tail));
        const double excess = fit.shape == 0.0 ? -fit.scale * log_survival
                                               : fit.scale * std::expm1(-fit.shape * log_survival) / fit.shape;
        scaled(ranked(count - tail + i)) = std::min(0.0, std::log(cutoff + excess));
    }
}

}  // namespace

double log_sum_exp(const Eigen::VectorXd& values) {
    double largest = -no_bound;
    for (const double value : values) largest = std::max(largest, value);
    if (!std::isfinite(largest)) return largest;
    double sum = 0.0;
    for (const double value : values) sum += std::exp(value - largest);
    return largest + std::log(sum);
}

Eigen::VectorXd log_sum_exp_of_rows(const Eigen::MatrixXd& values) {
    Eigen::VectorXd result(values.rows());
    for (Eigen::Index i = 0; i < values.rows(); ++i) {
        double largest = -no_bound;
        for (Eigen::Index k = 0; k < values.cols(); ++k) largest = std::max(largest, values(i, k));
        double sum = 0.0;
        for (Eigen::Index k = 0; k < values.cols(); ++k) sum += std::exp(values(i, k) - largest);
        result(i) = std::isfinite(largest) ? largest + std::log(sum) : largest;
    }
    return result;
}

SmoothedWeights smooth_weights(const Eigen::VectorXd& log_weights) {
    SmoothedWeights result;
    result.log_weights = log_weights;
    double largest = -no_bound;
    for (const double value : log_weights) largest = std::max(largest, value);
    if (!std::isfinite(largest)) {
        result.log_weights.setConstant(-no_bound);
        return result;
    }
    result.log_weights.array() -= largest;
    smooth_tail(result.log_weights, result);
    result.log_weights.array() -= log_sum_exp(result.log_weights);
    double squares = 0.0;
    for (const double value : result.log_weights) squares += std::exp(2.0 * value);
    result.effective = 1.0 / squares;
    return result;
}

double k_hat_limit(Eigen::Index draws, double cap) {
    if (draws < 2) return -no_bound;
    return std::min(1.0 - 1.0 / std::log10(static_cast<double>(draws)), cap);
}

std::vector<Eigen::Index> resample(const Eigen::VectorXd& weights, Eigen::Index count, std::uint64_t seed) {
    RandomStream random(seed, resampling_stream);
    return resample(weights, count, random);
}

std::vector<Eigen::Index> resample(const Eigen::VectorXd& weights, Eigen::Index count, RandomStream& random) {
    std::vector<Eigen::Index> result;
    const double total = weights.sum();
    if (!(total > 0.0) || count <= 0) return result;
    const double offset = random.uniform();
    Eigen::Index last = weights.size() - 1;
    while (!(weights(last) > 0.0)) --last;  // what rounding leaves over goes to a draw that has weight
    Eigen::Index row = 0;
    double reached = weights(0);
    for (Eigen::Index i = 0; i < count; ++i) {
        const double wanted = (static_cast<double>(i) + offset) / static_cast<double>(count) * total;
        while (row < last && reached <= wanted) reached += weights(++row);
        result.push_back(row);
    }
    return result;
}

}  // namespace hlaunch
