#include "posterior/exact_ladder.h"

#include <algorithm>
#include <cmath>

#include "posterior/basins.h"

namespace hlaunch {

bool Ladder::find(const Eigen::MatrixXd& starts) {
    const MaximaResult found = find_maxima(density_, starts, request_.maxima);
    maxima_ = found.maxima;
    coordinate_ = coordinates_.front();
    tell("maxima", NAN, NAN, NAN);
    if (maxima_.empty()) {
        say("no maximum: none of {} starts has density", starts.rows());
        return false;
    }
    say("{} of {} starts have density; {} distinct {} after {} rounds, {} evaluations with derivatives",
        starts.rows() - found.starts_outside, starts.rows(), maxima_.size(), maxima_.size() == 1 ? "maximum" : "maxima",
        found.rounds, density_.quadratic_evaluations());
    for (const Maximum& maximum : maxima_)
        say("maximum: log density {:.3f}, Laplace log evidence {:.2f}, reached from {} {}{}", maximum.value,
            maximum.log_evidence, maximum.starts, maximum.starts == 1 ? "start" : "starts",
            maximum.converged ? "" : ", not converged");
    return true;
}

bool Ladder::run_importance(const char* what, const std::vector<Proposal>& candidates, double variance_k_hat) {
    ImportanceLimits limits = request_.importance;
    limits.most_draws = std::min(limits.most_draws, left());
    limits.variance_k_hat_cap = variance_k_hat;
    const Eigen::Index before = pool_.drawn();
    const auto each = [&](const DrawPool&, const SmoothedWeights& weights) {
        tell("importance", weights.k_hat, weights.effective, NAN);
    };
    ImportanceOutcome outcome = sample_importance(pool_, candidates, limits, random_, each);
    weights_ = std::move(outcome.weights);
    if (outcome.coordinate != nullptr) coordinate_ = outcome.coordinate;
    result_.variance_k_hat = outcome.variance_k_hat;
    say("{}, {}: {} draws more, k-hat {:.2f} (of variances {:.2f}, limit {:.2f}), ESS {:.0f} of {} draws, {:.1f} % of "
        "them without density; "
        "{}",
        what, coordinate_->name(), pool_.drawn() - before, weights_.k_hat, outcome.variance_k_hat,
        k_hat_limit(std::max<Eigen::Index>(pool_.drawn(), 2), limits.k_hat_cap), weights_.effective, pool_.drawn(),
        pool_.drawn() > 0
            ? 100.0 * static_cast<double>(pool_.drawn() - pool_.kept()) / static_cast<double>(pool_.drawn())
            : 0.0,
        outcome.reason);
    if (!outcome.certified) return false;
    result_.by = CertifiedBy::importance;
    keep_weighted();
    return true;
}

bool Ladder::sample_by_laplace() {
    std::vector<Proposal> candidates;
    for (const Coordinate* coordinate : coordinates_)
        for (Proposal& proposal : laplace_proposal(*coordinate, maxima_)) candidates.push_back(std::move(proposal));
    if (request_.try_importance)
        return run_importance("importance sampling from Laplace's approximation", candidates,
                              request_.importance.variance_k_hat_cap);
    if (!candidates.empty()) pool_.add_round(candidates.front(), request_.importance.first_round, random_);
    weights_ = pool_.weigh();
    return false;
}

void Ladder::keep_weighted() {
    result_.x = pool_.x();
    result_.log_density = pool_.log_density();
    result_.log_weights = weights_.log_weights;
    result_.k_hat = weights_.k_hat;
    result_.ess = weights_.effective;
    result_.coordinate = coordinate_->name();
}

void Ladder::share_mass() {
    if (pool_.drawn() > 0) {
        result_.log_evidence = pool_.log_evidence();
        result_.without_density = 1.0 - static_cast<double>(pool_.kept()) / static_cast<double>(pool_.drawn());
    }
    const Eigen::VectorXd shares = shares_of_mass(*coordinate_, maxima_, result_.x, result_.log_weights);
    for (std::size_t k = 0; k < maxima_.size(); ++k)
        result_.basins.push_back({maxima_[k], shares(static_cast<Eigen::Index>(k))});
    constexpr double told_share = 0.01;
    for (std::size_t k = 0; k < result_.basins.size() && result_.basins.size() > 1; ++k)
        if (result_.basins[k].share > told_share)
            say("maximum {} of {} holds {:.1f} % of the mass", k + 1, result_.basins.size(),
                100.0 * result_.basins[k].share);
}

}  // namespace hlaunch
