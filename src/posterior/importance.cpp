#include "posterior/importance.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "posterior/proposals/mixture_fit.h"

namespace hlaunch {
namespace {

constexpr const char* variances_unsure = "as wanted, but variances may be some percent too small";
constexpr double least_share = 0.05;  // of the draws, a part

Eigen::VectorXd floored(Eigen::VectorXd weights) {
    weights /= weights.sum();
    weights = weights.cwiseMax(least_share);
    return weights / weights.sum();
}

// Weights (largest 1) none of which is above the one that is 2 % from the top, but at least the twentieth.
Eigen::VectorXd clipped_weights(const Eigen::VectorXd& log_weights) {
    const Eigen::Index count = log_weights.size();
    std::vector<double> sorted(log_weights.data(), log_weights.data() + count);
    const auto at = std::min<Eigen::Index>(count - 1, std::max<Eigen::Index>(20, count / 50));
    std::nth_element(sorted.begin(), sorted.begin() + at, sorted.end(), std::greater<>());
    const double limit = sorted[static_cast<std::size_t>(at)];
    return (log_weights.array().min(limit) - limit).exp();
}

// Sums in a fixed order, row by row: the same bits on every machine.
StudentT moved_part(const StudentT& old, const Eigen::MatrixXd& u, const Eigen::VectorXd& weights) {
    constexpr double inflation = 1.1;
    const Eigen::Index size = u.cols();
    double sum = 0.0;
    double squares = 0.0;
    Eigen::VectorXd mean = Eigen::VectorXd::Zero(size);
    for (Eigen::Index i = 0; i < u.rows(); ++i) {
        sum += weights(i);
        squares += weights(i) * weights(i);
        mean += weights(i) * u.row(i).transpose();
    }
    const double effective = squares > 0.0 ? sum * sum / squares : 0.0;
    if (effective < 5.0) return old;
    mean /= sum;
    Eigen::MatrixXd covariance = Eigen::MatrixXd::Zero(size, size);
    for (Eigen::Index i = 0; i < u.rows(); ++i) {
        if (!(weights(i) > 0.0)) continue;
        const Eigen::VectorXd off = u.row(i).transpose() - mean;
        covariance += weights(i) / sum * off * off.transpose();
    }
    // As if twice as many draws as it has elements spoke for the old scale: a covariance that follows the draws too
    // closely makes their own weights too small.
    const double prior = static_cast<double>(size * (size + 1));
    const double spread = effective / (effective + prior);
    return {mean, inflation * spread * covariance + (1.0 - spread) * old.scale()};
}

struct Judge {
    double best_k = std::numeric_limits<double>::infinity();
    double best_efficiency = 0.0;
    int idle = 0;

    void see(double k_hat, double efficiency) {
        const bool better = k_hat < best_k - 0.05 || efficiency > 1.1 * best_efficiency;
        idle = better ? 0 : idle + 1;
        best_k = std::min(best_k, k_hat);
        best_efficiency = std::max(best_efficiency, efficiency);
    }
};

double kish(const Eigen::VectorXd& log_weights) {
    return log_weights.size() == 0
               ? 0.0
               : std::exp(2.0 * log_sum_exp(log_weights) - log_sum_exp(Eigen::VectorXd(2.0 * log_weights)));
}

}  // namespace

std::vector<Proposal> laplace_proposal(const Coordinate& coordinate, const std::vector<Maximum>& maxima) {
    constexpr double negligible = 12.0;  // nats
    constexpr std::size_t most_parts = 8;
    std::vector<StudentT> parts;
    std::vector<double> weights;
    Eigen::VectorXd u;
    Eigen::MatrixXd slope;
    for (const Maximum& maximum : maxima) {
        if (parts.size() == most_parts || maximum.log_evidence < maxima.front().log_evidence - negligible) break;
        const bool defined = coordinate.from_sampling(maximum.x, u, slope) && u.allFinite() && slope.allFinite();
        if (!defined && parts.empty()) return {};
        if (!defined) continue;
        parts.emplace_back(u, slope * maximum.covariance * slope.transpose());
        weights.push_back(std::exp(maximum.log_evidence - maxima.front().log_evidence));
    }
    if (parts.empty()) return {};
    const Eigen::VectorXd shares =
        floored(Eigen::Map<const Eigen::VectorXd>(weights.data(), static_cast<Eigen::Index>(weights.size())));
    return {{&coordinate, MixtureOfT(std::move(parts), shares)}};
}

Proposal adapted(const Proposal& proposal, const DrawPool& pool) {
    const MappedPoints& points = pool.mapped(*proposal.coordinate);
    if (pool.kept() < 20) return proposal;
    const Eigen::VectorXd weights = clipped_weights(pool.raw_log_weights());
    const Eigen::MatrixXd log_parts = proposal.mixture.log_parts(points.u);
    const auto count = static_cast<Eigen::Index>(proposal.mixture.parts().size());
    Eigen::MatrixXd shares = Eigen::MatrixXd::Zero(pool.kept(), count);
    const Eigen::VectorXd whole = log_sum_exp_of_rows(log_parts);
    for (Eigen::Index i = 0; i < pool.kept(); ++i)
        for (Eigen::Index k = 0; k < count && !std::isnan(points.log_slope(i)); ++k)  // a point of this coordinate
            shares(i, k) = weights(i) * std::exp(log_parts(i, k) - whole(i));
    std::vector<StudentT> parts;
    Eigen::VectorXd sums(count);
    for (Eigen::Index k = 0; k < count; ++k) {
        parts.push_back(moved_part(proposal.mixture.parts()[static_cast<std::size_t>(k)], points.u, shares.col(k)));
        sums(k) = shares.col(k).sum();
    }
    if (!(sums.sum() > 0.0)) return proposal;
    return {proposal.coordinate, MixtureOfT(std::move(parts), floored(sums))};
}

Proposal refitted(const Proposal& first, const DrawPool& pool, std::uint64_t seed) {
    constexpr double kept_share = 0.1;
    constexpr double wide_share = 0.15;
    constexpr double wide = 2.0;
    constexpr double inflation = 1.2;
    const MappedPoints& points = pool.mapped(*first.coordinate);
    if (pool.kept() < 20) return first;
    Eigen::VectorXd weights = clipped_weights(pool.raw_log_weights());
    for (Eigen::Index i = 0; i < weights.size(); ++i)
        if (std::isnan(points.log_slope(i))) weights(i) = 0.0;
    const double effective = weights.sum() * weights.sum() / weights.squaredNorm();
    if (!(effective > 5.0 * static_cast<double>(points.u.cols()))) return adapted(first, pool);
    MixtureFitLimits limits;
    limits.most_parts = 4;
    limits.most_draws = std::min(limits.most_draws, static_cast<Eigen::Index>(effective));
    const MixtureOfT fit = fit_mixture(points.u, weights, seed, limits);
    std::vector<StudentT> parts;
    std::vector<double> shares;
    for (std::size_t k = 0; k < fit.parts().size(); ++k) {
        parts.emplace_back(fit.parts()[k].centre(), inflation * fit.parts()[k].scale());
        shares.push_back((1.0 - kept_share - wide_share) * fit.weights()(static_cast<Eigen::Index>(k)));
    }
    for (std::size_t k = 0; k < first.mixture.parts().size(); ++k) {
        parts.push_back(first.mixture.parts()[k]);
        shares.push_back(kept_share * first.mixture.weights()(static_cast<Eigen::Index>(k)));
    }
    const StudentT all = moved_part(first.mixture.parts().front(), points.u, weights);
    parts.emplace_back(all.centre(), wide * all.scale());
    shares.push_back(wide_share);
    const auto count = static_cast<Eigen::Index>(shares.size());
    return {first.coordinate, MixtureOfT(std::move(parts), Eigen::Map<const Eigen::VectorXd>(shares.data(), count))};
}

ImportanceOutcome sample_importance(DrawPool& pool, const std::vector<Proposal>& candidates,
                                    const ImportanceLimits& limits, RandomStream& random, const RoundCallback& told) {
    ImportanceOutcome result;
    result.weights = pool.weigh();
    if (candidates.empty()) {
        result.reason = "no coordinate is defined at the maximum";
        return result;
    }
    const Eigen::Index before = pool.drawn();
    const auto left = [&] { return std::max<Eigen::Index>(0, limits.most_draws - (pool.drawn() - before)); };
    double last_efficiency = 0.0;  // effective draws a draw, of the newest round alone
    const auto round = [&](const Proposal& proposal, Eigen::Index count) {
        pool.add_round(proposal, count, random);
        result.weights = pool.weigh();
        const Eigen::Index fresh = pool.kept() - pool.last_round();
        last_efficiency = kish(result.weights.log_weights.tail(fresh)) / static_cast<double>(count);
        if (told) told(pool, result.weights);
    };

    std::size_t best = 0;
    if (candidates.size() > 1) {
        double most = -1.0;
        for (std::size_t i = 0; i < candidates.size(); ++i) {
            // Each judged by its own draws and weights.
            const Eigen::Index start = pool.kept();
            round(candidates[i], std::min(limits.least_round, std::max<Eigen::Index>(1, left())));
            const Eigen::VectorXd density = pool.log_density().tail(pool.kept() - start);
            const MappedPoints& points = pool.mapped(*candidates[i].coordinate);
            const Eigen::MatrixXd u = points.u.bottomRows(density.size());
            const Eigen::VectorXd own = candidates[i].mixture.log_density(u) + points.log_slope.tail(density.size());
            const double effective = kish(density - own);
            if (effective > most) most = effective, best = i;
            // The others could hardly do better, and each trial costs.
            if (effective > 0.6 * static_cast<double>(limits.least_round)) break;
        }
    }
    Proposal current = candidates[best];
    result.coordinate = current.coordinate;
    Eigen::Index count = limits.first_round;
    if (candidates.size() > 1) count -= std::min(limits.first_round / 2, limits.least_round);
    Judge judge;
    int rounds = 0;  // that were poor
    while (true) {
        count = std::min(count, left());
        if (count <= 0) {
            result.reason = result.certified ? variances_unsure : "limit of draws";
            break;
        }
        round(current, count);
        const double efficiency = result.weights.effective / static_cast<double>(pool.drawn());
        result.variance_k_hat = pool.variance_k_hat(result.weights);
        const double worse_k = std::max(result.weights.k_hat, result.variance_k_hat);
        const bool trusted = result.weights.k_hat < k_hat_limit(pool.drawn(), limits.k_hat_cap) &&
                             result.variance_k_hat < limits.variance_k_hat_cap;
        const bool enough = trusted && result.weights.effective >= limits.wanted;
        const bool tails_seen = result.variance_k_hat < limits.variance_k_hat;
        result.certified = enough;
        if (enough && (tails_seen || judge.idle >= 2)) {
            result.reason = tails_seen ? "k-hat and effective draws as wanted" : variances_unsure;
            break;
        }
        judge.see(worse_k, std::max(efficiency, last_efficiency));
        const double missing = limits.wanted - result.weights.effective;
        const double rate = std::max({efficiency, last_efficiency, 1e-6});
        const bool reachable = trusted && missing / rate <= static_cast<double>(left());
        if (!reachable && judge.idle >= limits.patience) {
            result.reason = "no better with more rounds";
            break;
        }
        const bool good = worse_k < 0.4 && efficiency > 0.4;  // a proposal that follows its draws brings a bias
        const bool poor = !trusted || !tails_seen || std::max(efficiency, last_efficiency) < 0.3;
        current = poor && rounds++ > 0 ? refitted(candidates[best], pool, random.bits())
                  : good               ? current
                                       : adapted(current, pool);
        const double predicted = enough    ? 0.0
                                 : trusted ? 1.03 * missing / rate
                                           : static_cast<double>(limits.first_round);
        const double most = 4.0 * static_cast<double>(limits.first_round);
        count = std::max(limits.least_round, static_cast<Eigen::Index>(std::min(std::ceil(predicted), most)));
    }
    result.last = {current};
    return result;
}

}  // namespace hlaunch
