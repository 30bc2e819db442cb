#include "merge/statistics/pareto.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace hlaunch {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

}  // namespace

Eigen::Index pareto_tail_size(Eigen::Index draws) {
    const auto n = static_cast<double>(draws);
    return static_cast<Eigen::Index>(n > 225.0 ? 3.0 * std::sqrt(n) : n / 5.0);
}

GeneralisedPareto fit_generalised_pareto(const Eigen::ArrayXd& x) {
    constexpr double prior_scale = 3.0;
    constexpr double prior_draws = 10.0;
    constexpr double prior_k = 0.5;
    const auto n = static_cast<double>(x.size());
    const auto candidates = 30 + static_cast<Eigen::Index>(std::sqrt(n));
    const double quartile = x(static_cast<Eigen::Index>(n / 4.0 + 0.5) - 1);
    if (!(quartile > x(0))) return {};  // no Pareto tail looks like this

    const Eigen::ArrayXd steps = Eigen::ArrayXd::LinSpaced(candidates, 0.5, static_cast<double>(candidates) - 0.5);
    const Eigen::ArrayXd theta =
        1.0 / x(x.size() - 1) + (1.0 - (static_cast<double>(candidates) / steps).sqrt()) / (prior_scale * quartile);
    const auto shape_at = [&](double t) { return (-t * x).log1p().mean(); };
    Eigen::ArrayXd log_profile(candidates);
    for (Eigen::Index i = 0; i < candidates; ++i) {
        const double k = shape_at(theta(i));
        log_profile(i) = n * (std::log(-theta(i) / k) - k - 1.0);
    }
    Eigen::ArrayXd weight = (log_profile - log_profile.maxCoeff()).exp();
    weight = (weight >= 10.0 * std::numeric_limits<double>::epsilon() * weight.sum()).select(weight, 0.0);
    const double mean_theta = (theta * weight).sum() / weight.sum();
    const double k = shape_at(mean_theta);
    const double shrunk = (n * k + prior_draws * prior_k) / (n + prior_draws);
    if (std::isnan(shrunk)) return {};
    return {shrunk, -k / mean_theta};
}

double pareto_k(const Eigen::VectorXd& log_weights) {
    if (log_weights.size() < 25 || !log_weights.allFinite()) return infinite;
    if (log_weights.maxCoeff() - log_weights.minCoeff() < 1e-12) return -infinite;
    const Eigen::Index tail = pareto_tail_size(log_weights.size());
    std::vector<double> sorted(log_weights.data(), log_weights.data() + log_weights.size());
    std::sort(sorted.begin(), sorted.end());
    const double largest = sorted.back();
    const Eigen::ArrayXd ordered =
        (Eigen::Map<const Eigen::ArrayXd>(sorted.data(), log_weights.size()) - largest).exp();
    return fit_generalised_pareto(ordered.tail(tail) - ordered(ordered.size() - tail - 1)).shape;
}

}  // namespace hlaunch
