#include "merge/consensus.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "merge/statistics/pareto.h"
#include "merge/statistics/special_functions.h"

namespace hlaunch {
namespace {

constexpr double max_unmapped_share = 1e-3;
constexpr double min_effective_share = 0.5;

struct MappedPart {
    Eigen::MatrixXd u;
    Eigen::VectorXd weights;
};

// Multiplying K subposterior densities in u multiplies K Jacobians |dx/du| where one belongs: each
// part takes its share of the K - 1 too many as importance weights |dx/du|^(1/K - 1).
MappedPart map_part(const Eigen::MatrixXd& x, const Coordinate& coordinate, std::size_t parts) {
    MappedPart result;
    result.u.resize(x.rows(), x.cols());
    Eigen::VectorXd log_weights(x.rows());
    const double power = 1.0 / static_cast<double>(parts) - 1.0;
    Eigen::Index kept = 0;
    Eigen::VectorXd u;
    Eigen::MatrixXd du_dx;
    for (Eigen::Index row = 0; row < x.rows(); ++row) {
        if (!coordinate.from_sampling(x.row(row).transpose(), u, du_dx)) continue;
        const double log_dx_du = -std::log(std::abs(du_dx.determinant()));
        if (!std::isfinite(log_dx_du) || !u.allFinite()) continue;
        result.u.row(kept) = u.transpose();
        log_weights(kept++) = power * log_dx_du;
    }
    result.u.conservativeResize(kept, Eigen::NoChange);
    if (kept > 0) result.weights = weights_from_log(log_weights.head(kept));
    return result;
}

struct Candidate {
    CandidateScore score;
    std::vector<Moments> parts;
};

Candidate try_coordinate(std::span<const Subposterior> parts, const Coordinate& coordinate) {
    Candidate result;
    result.score.coordinate = coordinate.name();
    result.score.description = coordinate.description();
    result.score.pareto_k = -std::numeric_limits<double>::infinity();
    for (const Subposterior& part : parts) {
        const MappedPart mapped = map_part(part.x, coordinate, parts.size());
        const auto rows = static_cast<double>(part.x.rows());
        const auto kept = static_cast<double>(mapped.u.rows());
        result.score.unmapped_share = std::max(result.score.unmapped_share, 1.0 - kept / rows);
        if (result.score.unmapped_share > max_unmapped_share || mapped.u.rows() < 2) {
            result.score.refused = fmt::format("{:.2g} of a part's draws cannot be mapped (at most {:.1g} may)",
                                               result.score.unmapped_share, max_unmapped_share);
            return result;
        }
        result.score.effective_share = std::min(result.score.effective_share, effective_count(mapped.weights) / kept);
        result.score.pareto_k =
            std::max(result.score.pareto_k, pareto_k(mapped.weights.array().max(1e-300).log().matrix()));
        result.score.distance += mardia(mapped.u, mapped.weights).distance / static_cast<double>(parts.size());
        result.parts.push_back(weighted_moments(mapped.u, mapped.weights));
    }
    if (result.score.effective_share < min_effective_share)
        result.score.refused = fmt::format("its Jacobian leaves {:.2g} of the draws effective (at least {} needed)",
                                           result.score.effective_share, min_effective_share);
    return result;
}

Eigen::VectorXd precisions(const SitePriors& prior) {
    return prior.sd.cwiseInverse().cwiseAbs2();
}

std::optional<Moments> from_information(const Eigen::MatrixXd& precision, const Eigen::VectorXd& shift) {
    const Eigen::LLT<Eigen::MatrixXd> factor(precision);
    if (factor.info() != Eigen::Success) return std::nullopt;
    Moments result;
    result.mean = factor.solve(shift);
    result.covariance = factor.solve(Eigen::MatrixXd::Identity(precision.rows(), precision.cols()));
    if (!result.mean.allFinite() || !result.covariance.allFinite()) return std::nullopt;
    return result;
}

// The inverse of a sample covariance is too large on average by (n - 1) / (n - p - 2), n draws of p
// sites (inverse Wishart); what that adds up to over many parts would make the merged sd too small.
double unbiased_share(const Subposterior& part, Eigen::Index sites) {
    const double n = part.effective_draws > 0.0 ? part.effective_draws : static_cast<double>(part.x.rows());
    return std::clamp((n - static_cast<double>(sites) - 2.0) / (n - 1.0), 0.5, 1.0);
}

// Product of the parts' Gaussians times the prior correction full_prior / product of the parts'
// priors. That correction is Gaussian in x; in u it is linearised at the merged mean, until that
// rests.
std::optional<Moments> product(std::span<const Subposterior> parts, const Candidate& candidate,
                               const SitePriors& full_prior, const Coordinate& coordinate) {
    const Eigen::Index sites = parts.front().x.cols();
    Eigen::MatrixXd precision = Eigen::MatrixXd::Zero(sites, sites);
    Eigen::VectorXd shift = Eigen::VectorXd::Zero(sites);
    for (std::size_t k = 0; k < candidate.parts.size(); ++k) {
        const Moments& part = candidate.parts[k];
        const Eigen::LLT<Eigen::MatrixXd> factor(part.covariance);
        if (factor.info() != Eigen::Success) return std::nullopt;
        const double unbiased = unbiased_share(parts[k], sites);
        precision += unbiased * factor.solve(Eigen::MatrixXd::Identity(sites, sites));
        shift += unbiased * factor.solve(part.mean);
    }
    Eigen::VectorXd extra_precision = precisions(full_prior);
    Eigen::VectorXd extra_shift = extra_precision.cwiseProduct(full_prior.mean);
    Eigen::VectorXd magnitude = extra_precision;
    for (const Subposterior& part : parts) {
        const Eigen::VectorXd own = precisions(part.prior);
        extra_precision -= own;
        extra_shift -= own.cwiseProduct(part.prior.mean);
        magnitude += own;
    }
    std::optional<Moments> merged = from_information(precision, shift);
    if (!merged || (extra_precision.cwiseAbs().array() <= 1e-12 * magnitude.array()).all()) return merged;

    constexpr int max_rounds = 50;
    for (int round = 0; round < max_rounds; ++round) {
        Eigen::VectorXd x;
        Eigen::VectorXd u;
        Eigen::MatrixXd du_dx;
        if (!coordinate.to_sampling(merged->mean, x) || !coordinate.from_sampling(x, u, du_dx)) return std::nullopt;
        const Eigen::MatrixXd dx_du = du_dx.inverse();
        const Eigen::MatrixXd curvature = dx_du.transpose() * extra_precision.asDiagonal() * dx_du;
        const Eigen::VectorXd slope = dx_du.transpose() * (extra_shift - extra_precision.cwiseProduct(x));
        const std::optional<Moments> next =
            from_information(precision + curvature, shift + slope + curvature * merged->mean);
        if (!next) return std::nullopt;
        const double moved =
            ((next->mean - merged->mean).array().abs() / standard_deviations(next->covariance).array()).maxCoeff();
        merged = next;
        if (moved < 1e-9) break;
    }
    return merged;
}

}  // namespace

Consensus consensus(std::span<const Subposterior> parts, const SitePriors& full_prior,
                    std::span<const Coordinate* const> candidates, double mean_variance) {
    Consensus result;
    double best = std::numeric_limits<double>::infinity();
    for (const Coordinate* coordinate : candidates) {
        Candidate candidate = try_coordinate(parts, *coordinate);
        if (candidate.score.refused.empty()) {
            std::optional<Moments> merged = product(parts, candidate, full_prior, *coordinate);
            if (!merged) {
                candidate.score.refused = "the product of the parts is not positive definite";
            } else if (candidate.score.distance < best) {
                best = candidate.score.distance;
                result.coordinate = coordinate;
                result.merged = *std::move(merged);
                result.parts = std::move(candidate.parts);
            }
        }
        result.candidates.push_back(std::move(candidate.score));
    }
    if (result.coordinate == nullptr) {
        std::string reasons;
        for (const CandidateScore& score : result.candidates)
            reasons += fmt::format("{}in {}: {}", reasons.empty() ? "" : "; ", score.coordinate, score.refused);
        throw failure(
            "the parts cannot be combined ({}); the prior tells more than the data of a part: use "
            "fewer, larger parts (optimization.cmc.sharding.num_shards) or tempered priors",
            reasons);
    }
    for (const Moments& part : result.parts) {
        const Eigen::VectorXd off = part.mean - result.merged.mean;
        result.tension += off.dot(part.covariance.llt().solve(off)) / mean_variance;
    }
    result.tension_p = chi_square_survival(
        result.tension, static_cast<double>(static_cast<Eigen::Index>(parts.size() - 1) * result.merged.mean.size()));
    return result;
}

}  // namespace hlaunch
