#include "merge/statistics/convergence.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "merge/statistics/special_functions.h"

namespace hlaunch {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// First and last half of each chain as chains of their own; the middle draw of an odd number is
// left out.
Eigen::MatrixXd split(const Eigen::MatrixXd& draws) {
    const Eigen::Index half = draws.rows() / 2;
    Eigen::MatrixXd result(half, 2 * draws.cols());
    result << draws.topRows(half), draws.bottomRows(half);
    return result;
}

}  // namespace

Eigen::MatrixXd normal_scores(const Eigen::MatrixXd& draws) {
    const auto size = static_cast<std::size_t>(draws.size());
    std::vector<std::size_t> order(size);
    std::iota(order.begin(), order.end(), std::size_t{0});
    const double* value = draws.data();
    std::sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) { return value[x] < value[y]; });
    Eigen::MatrixXd scores(draws.rows(), draws.cols());
    for (std::size_t first = 0; first < size;) {
        std::size_t last = first + 1;
        while (last < size && value[order[last]] == value[order[first]]) ++last;
        const double rank = 0.5 * static_cast<double>(first + 1 + last);
        const double score = normal_quantile((rank - 0.375) / (static_cast<double>(size) + 0.25));
        for (; first < last; ++first) scores.data()[order[first]] = score;
    }
    return scores;
}

namespace {

double quantile(const Eigen::MatrixXd& draws,
                double probability) {  // linear between order statistics
    std::vector<double> sorted(draws.data(), draws.data() + draws.size());
    std::sort(sorted.begin(), sorted.end());
    const double at = probability * static_cast<double>(sorted.size() - 1);
    const auto low = static_cast<std::size_t>(at);
    const std::size_t high = std::min(low + 1, sorted.size() - 1);
    return sorted[low] + (at - static_cast<double>(low)) * (sorted[high] - sorted[low]);
}

double variance(const Eigen::VectorXd& x) {
    return (x.array() - x.mean()).square().sum() / static_cast<double>(x.size() - 1);
}

double r_hat_of(const Eigen::MatrixXd& chains) {
    const auto n = static_cast<double>(chains.rows());
    const double between = n * variance(chains.colwise().mean().transpose());
    double within = 0.0;
    for (const auto& chain : chains.colwise()) within += variance(chain);
    within /= static_cast<double>(chains.cols());
    return std::sqrt((between / within + n - 1.0) / n);
}

// Geyer's initial monotone sequence over the mean autocovariance of the chains; lags are computed
// as needed.
double ess_of(const Eigen::MatrixXd& chains) {
    const Eigen::Index n = chains.rows();
    const auto draws = static_cast<double>(n);
    const auto size = static_cast<double>(chains.size());
    if (chains.maxCoeff() - chains.minCoeff() < 1e-15) return size;
    const Eigen::MatrixXd centred = chains.rowwise() - chains.colwise().mean();
    const auto autocovariance = [&](Eigen::Index lag) {
        return centred.topRows(n - lag).cwiseProduct(centred.bottomRows(n - lag)).sum() / size;
    };
    const double mean_variance = autocovariance(0) * draws / (draws - 1.0);
    double total_variance = autocovariance(0);
    if (chains.cols() > 1) total_variance += variance(chains.colwise().mean().transpose());
    const auto rho_at = [&](Eigen::Index lag) { return 1.0 - (mean_variance - autocovariance(lag)) / total_variance; };

    std::vector<double> rho(static_cast<std::size_t>(n), 0.0);
    double even = rho[0] = 1.0;
    double odd = rho[1] = rho_at(1);
    std::size_t t = 1;
    while (t + 3 < rho.size() && even + odd > 0.0) {
        even = rho_at(static_cast<Eigen::Index>(t + 1));
        odd = rho_at(static_cast<Eigen::Index>(t + 2));
        if (even + odd >= 0.0) {
            rho[t + 1] = even;
            rho[t + 2] = odd;
        }
        t += 2;
    }
    // One odd lag less than t; -1 when the loop never ran.
    const auto max_t = static_cast<std::ptrdiff_t>(t) - 2;
    const auto after = static_cast<std::size_t>(max_t + 1);
    if (even > 0.0) rho[after] = even;
    for (std::ptrdiff_t s = 1; s <= max_t - 2; s += 2) {
        const auto i = static_cast<std::size_t>(s);
        if (rho[i + 1] + rho[i + 2] > rho[i - 1] + rho[i]) rho[i + 1] = rho[i + 2] = (rho[i - 1] + rho[i]) / 2.0;
    }
    double tau = -1.0 + rho[after];
    for (std::size_t i = 0; i < after; ++i) tau += 2.0 * rho[i];
    tau = std::max(tau, 1.0 / std::log10(size));  // antithetic chains: no more than n log10 n
    return size / tau;
}

double ess_of_quantile(const Eigen::MatrixXd& draws, double probability) {
    const double limit = quantile(draws, probability);
    return ess_of(split((draws.array() <= limit).cast<double>().matrix()));
}

bool judgeable(const Eigen::MatrixXd& draws) {
    return draws.rows() >= 4 && draws.cols() >= 1 && draws.allFinite() && draws.maxCoeff() != draws.minCoeff();
}

// The worse of bulk and folded.
double r_hat_of_halves(const Eigen::MatrixXd& halves, const Eigen::MatrixXd& scores) {
    const double median = quantile(halves, 0.5);
    const double bulk = r_hat_of(scores);
    const double folded = r_hat_of(normal_scores((halves.array() - median).abs().matrix()));
    return std::isnan(folded) ? bulk : std::max(bulk, folded);
}

}  // namespace

double Convergence::ess() const {
    if (std::isnan(ess_bulk) || std::isnan(ess_tail)) return nan;
    return std::min(ess_bulk, ess_tail);
}

Convergence convergence(const Eigen::MatrixXd& draws) {
    if (!judgeable(draws)) return {nan, nan, nan};
    const Eigen::MatrixXd halves = split(draws);
    const Eigen::MatrixXd scores = normal_scores(halves);
    Convergence result;
    result.r_hat = r_hat_of_halves(halves, scores);
    result.ess_bulk = ess_of(scores);
    result.ess_tail = std::min(ess_of_quantile(draws, 0.05), ess_of_quantile(draws, 0.95));
    return result;
}

double rank_normalised_r_hat(const Eigen::MatrixXd& draws) {
    if (!judgeable(draws)) return nan;
    const Eigen::MatrixXd halves = split(draws);
    return r_hat_of_halves(halves, normal_scores(halves));
}

double ess_of_mean(const Eigen::MatrixXd& draws) {
    if (draws.rows() < 4 || draws.cols() < 1 || !draws.allFinite()) return nan;
    return ess_of(split(draws));
}

std::vector<Convergence> convergence(const Draws& draws) {
    std::vector<Convergence> result;
    for (Eigen::Index column = 0; column < draws.values.cols(); ++column)
        result.push_back(convergence(draws.by_chain(column)));
    return result;
}

}  // namespace hlaunch
