#include "posterior/proposals/mixture_fit.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "posterior/proposals/psis.h"

namespace hlaunch {
namespace {

constexpr std::uint64_t mixture_stream = 0x6d69'7874'7572'65;

struct Fitted {
    MixtureOfT mixture;
    double log_likelihood;
};

// Mean and covariance of the rows, with weights, in a fixed order.
StudentT whole_cloud(const Eigen::MatrixXd& draws) {
    const auto count = static_cast<double>(draws.rows());
    Eigen::VectorXd mean = Eigen::VectorXd::Zero(draws.cols());
    for (Eigen::Index i = 0; i < draws.rows(); ++i) mean += draws.row(i).transpose() / count;
    Eigen::MatrixXd covariance = Eigen::MatrixXd::Zero(draws.cols(), draws.cols());
    for (Eigen::Index i = 0; i < draws.rows(); ++i) {
        const Eigen::VectorXd off = draws.row(i).transpose() - mean;
        covariance += off * off.transpose() / count;
    }
    return {mean, covariance};
}

// Centres far from one another: each the next draw with a probability by its squared distance (Arthur and
// Vassilvitskii 2007), distances by the covariance of all.
MixtureOfT seeded_parts(const Eigen::MatrixXd& draws, const StudentT& whole, int count, RandomStream& random) {
    std::vector<StudentT> parts;
    Eigen::VectorXd distance = Eigen::VectorXd::Constant(draws.rows(), 1.0);
    const Eigen::MatrixXd scale =
        whole.scale() / std::pow(static_cast<double>(count), 2.0 / static_cast<double>(draws.cols()));
    for (int k = 0; k < count; ++k) {
        double wanted = random.uniform() * distance.sum();
        Eigen::Index at = 0;
        while (at + 1 < draws.rows() && (wanted -= distance(at)) > 0.0) ++at;
        parts.emplace_back(draws.row(at).transpose(), scale);
        const StudentT here(draws.row(at).transpose(), whole.scale());
        const Eigen::VectorXd squared = here.squared_distances(draws);
        distance = k == 0 ? squared : distance.cwiseMin(squared).eval();
    }
    return {std::move(parts), Eigen::VectorXd::Ones(count)};
}

StudentT maximised(const Eigen::MatrixXd& draws, const StudentT& old, const Eigen::VectorXd& shares,
                   const Eigen::MatrixXd& towards) {
    const auto size = static_cast<double>(draws.cols());
    Eigen::VectorXd pull = old.squared_distances(draws);
    double sum = 0.0;
    double pulled = 0.0;
    Eigen::VectorXd centre = Eigen::VectorXd::Zero(draws.cols());
    for (Eigen::Index i = 0; i < draws.rows(); ++i) {
        pull(i) = shares(i) * (StudentT::degrees + size) / (StudentT::degrees + pull(i));
        sum += shares(i);
        pulled += pull(i);
        centre += pull(i) * draws.row(i).transpose();
    }
    if (!(pulled > 0.0)) return old;
    centre /= pulled;
    Eigen::MatrixXd scatter = Eigen::MatrixXd::Zero(draws.cols(), draws.cols());
    for (Eigen::Index i = 0; i < draws.rows(); ++i) {
        if (!(pull(i) > 1e-300)) continue;
        const Eigen::VectorXd off = draws.row(i).transpose() - centre;
        scatter += pull(i) * off * off.transpose();
    }
    const double prior = size + 2.0;  // draws that speak for the scale handed in
    return {centre, (scatter + prior * towards) / (sum + prior)};
}

Fitted improved(const Eigen::MatrixXd& draws, MixtureOfT mixture, int iterations) {
    double before = -std::numeric_limits<double>::infinity();
    const auto count = static_cast<Eigen::Index>(mixture.parts().size());
    for (int iteration = 0;; ++iteration) {
        Eigen::MatrixXd shares = mixture.log_parts(draws);
        const Eigen::VectorXd whole = log_sum_exp_of_rows(shares);
        const double log_likelihood = whole.sum();
        shares = (shares.colwise() - whole).array().exp();
        const bool still = log_likelihood - before < 1e-5 * static_cast<double>(draws.rows());
        if (iteration == iterations || (still && iteration > 3)) return {std::move(mixture), log_likelihood};
        before = log_likelihood;
        Eigen::MatrixXd towards = Eigen::MatrixXd::Zero(draws.cols(), draws.cols());
        for (Eigen::Index k = 0; k < count; ++k)
            towards += mixture.weights()(k) * mixture.parts()[static_cast<std::size_t>(k)].scale();
        std::vector<StudentT> parts;
        Eigen::VectorXd weights(count);
        for (Eigen::Index k = 0; k < count; ++k) {
            parts.push_back(maximised(draws, mixture.parts()[static_cast<std::size_t>(k)], shares.col(k), towards));
            weights(k) = std::max(1e-3, shares.col(k).sum() / static_cast<double>(draws.rows()));
        }
        mixture = MixtureOfT(std::move(parts), std::move(weights));
    }
}

}  // namespace

MixtureOfT fit_mixture(const Eigen::MatrixXd& draws, const Eigen::VectorXd& weights, std::uint64_t seed,
                       const MixtureFitLimits& limits) {
    RandomStream random(seed, mixture_stream);
    const std::vector<Eigen::Index> rows = resample(weights, std::min(limits.most_draws, draws.rows()), seed);
    Eigen::MatrixXd chosen(static_cast<Eigen::Index>(rows.size()), draws.cols());
    for (std::size_t i = 0; i < rows.size(); ++i) chosen.row(static_cast<Eigen::Index>(i)) = draws.row(rows[i]);
    const StudentT whole = whole_cloud(chosen);
    MixtureOfT best({whole}, Eigen::VectorXd::Ones(1));
    double best_criterion = std::numeric_limits<double>::infinity();
    const auto count = static_cast<double>(chosen.rows());
    const auto size = static_cast<double>(chosen.cols());
    for (int parts = 1; parts <= limits.most_parts; parts += parts < 4 ? 1 : 2) {
        const double parameters = static_cast<double>(parts) * (1.0 + size + 0.5 * size * (size + 1.0)) - 1.0;
        if (parts > 1 && parameters > 0.5 * count) break;
        Fitted fit = improved(chosen, seeded_parts(chosen, whole, parts, random), limits.iterations);
        const double criterion = parameters * std::log(count) - 2.0 * fit.log_likelihood;
        if (criterion < best_criterion) {
            best_criterion = criterion;
            best = std::move(fit.mixture);
        } else if (parts > 3 && criterion > best_criterion + 2.0 * parameters) {
            break;
        }
    }
    return best;
}

}  // namespace hlaunch
