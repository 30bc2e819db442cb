#include "posterior/exact.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "posterior/basins.h"
#include "posterior/counted_density.h"
#include "posterior/mixture_fit.h"

namespace hlaunch {
namespace {

constexpr std::uint64_t importance_stream = 0x69'6d70'6f72'74;
constexpr std::uint64_t start_stream = 0x73'7461'7274;

class Ladder {
  public:
    Ladder(Density& density, std::span<const Coordinate* const> coordinates, const ExactRequest& request,
           const ProgressCallback& told)
        : density_(density),
          coordinates_(coordinates),
          request_(request),
          told_(told),
          random_(request.seed, importance_stream),
          pool_(density_) {}

    ExactResult climb(const Eigen::MatrixXd& starts) {
        if (find(starts)) {
            if (!sample_by_laplace() && !sample_by_ensembles()) keep_weighted();
            share_mass();
        }
        result_.evaluations = density_.evaluations();
        result_.quadratic_evaluations = density_.quadratic_evaluations();
        result_.batches = density_.batches();
        return std::move(result_);
    }

  private:
    template <typename... Values>
    void say(fmt::format_string<Values...> text, Values&&... values) {
        result_.steps.push_back(fmt::format(text, std::forward<Values>(values)...));
    }

    void tell(const char* what, double k_hat, double ess, double r_hat) const {
        if (told_) told_({what, density_.evaluations(), k_hat, ess, r_hat});
    }

    bool find(const Eigen::MatrixXd& starts);
    bool sample_by_laplace();
    bool run_importance(const char* what, const std::vector<Proposal>& candidates);
    bool sample_by_ensembles();  // true: draws are handed back, certified or not
    bool from_mixture(Ensembles& ensembles, const Coordinate& coordinate);
    const Coordinate& roomiest();
    void keep_weighted();
    void share_mass();
    [[nodiscard]] Eigen::Index left() const {
        return std::max<Eigen::Index>(0, request_.most_evaluations - density_.evaluations());
    }

    CountedDensity density_;
    std::span<const Coordinate* const> coordinates_;
    const ExactRequest& request_;
    const ProgressCallback& told_;
    RandomStream random_;
    DrawPool pool_;
    SmoothedWeights weights_;
    const Coordinate* coordinate_ = nullptr;
    std::vector<Maximum> maxima_;
    ExactResult result_;
};

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

bool Ladder::run_importance(const char* what, const std::vector<Proposal>& candidates) {
    ImportanceLimits limits = request_.importance;
    limits.most_draws = std::min(limits.most_draws, left());
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
    if (request_.try_importance) return run_importance("importance sampling from Laplace's approximation", candidates);
    if (!candidates.empty()) pool_.add_round(candidates.front(), request_.importance.first_round, random_);
    weights_ = pool_.weigh();
    return false;
}

// The coordinate of the fewest proposals without an inverse; among equals the one that was best so far.
const Coordinate& Ladder::roomiest() {
    constexpr Eigen::Index draws = 200;
    RandomStream random(request_.seed, start_stream ^ 1U);
    const Coordinate* best = nullptr;
    std::size_t most = 0;
    std::vector<Eigen::Index> inverted;
    const auto consider = [&](const Coordinate* coordinate) {
        const std::vector<Proposal> proposal = laplace_proposal(*coordinate, maxima_);
        if (proposal.empty()) return;
        static_cast<void>(invert_points(*coordinate, proposal.front().mixture.draw(draws, random), inverted));
        if (best == nullptr || inverted.size() > most + draws / 20) best = coordinate, most = inverted.size();
    };
    consider(coordinate_);
    for (const Coordinate* coordinate : coordinates_)
        if (coordinate != coordinate_) consider(coordinate);
    return best == nullptr ? *coordinate_ : *best;
}

bool Ladder::from_mixture(Ensembles& ensembles, const Coordinate& coordinate) {
    Eigen::MatrixXd x;
    Eigen::VectorXd log_density;
    ensembles.draws(request_.most_draws, x, log_density);
    std::vector<Proposal> candidates;
    std::vector<const Coordinate*> in = {&coordinate};
    if (coordinate_ != &coordinate) in.push_back(coordinate_);
    for (const Coordinate* one : in) {
        const MappedPoints points = map_points(*one, x);
        const Eigen::VectorXd weights =
            points.log_slope.unaryExpr([](double slope) { return std::isnan(slope) ? 0.0 : 1.0; });
        if (weights.sum() < 0.9 * static_cast<double>(weights.size())) continue;
        candidates.push_back({one, fit_mixture(points.u, weights, request_.seed)});
    }
    if (candidates.empty()) return false;
    const auto parts = candidates.front().mixture.parts().size();
    if (candidates.front().coordinate == &coordinate) ensembles.propose_from(candidates.front().mixture);
    if (!request_.try_importance) return false;
    return run_importance(fmt::format("importance sampling from a mixture of {} fitted to them", parts).c_str(),
                          candidates);
}

bool Ladder::sample_by_ensembles() {
    const Coordinate& coordinate = roomiest();
    const Eigen::Index dimensions = density_.dimensions();
    const Eigen::Index walkers =
        request_.walkers > 0 ? request_.walkers : std::max<Eigen::Index>(24, 2 * dimensions + 8);
    const Eigen::Index ensembles_wanted = std::max<Eigen::Index>(2, request_.ensembles);
    const Eigen::Index all = walkers * ensembles_wanted;
    if (left() < all * request_.mixture_after) {
        say("no ensembles: {} evaluations are left, {} needed at least", left(), all * request_.mixture_after);
        return false;
    }
    // Draws that are points of the coordinate.
    Eigen::VectorXd log_weights = weights_.log_weights;
    const MappedPoints points = map_points(coordinate, pool_.x());
    for (Eigen::Index i = 0; i < log_weights.size(); ++i)
        if (std::isnan(points.log_slope(i))) log_weights(i) = -std::numeric_limits<double>::infinity();
    RandomStream random(request_.seed, start_stream);
    std::vector<Eigen::Index> rows = overdispersed_rows(log_weights, all, random);
    if (static_cast<Eigen::Index>(rows.size()) < dimensions + 2) {
        say("no ensembles: only {} draws to start walkers from", rows.size());
        return false;
    }
    const std::size_t distinct = rows.size();
    while (static_cast<Eigen::Index>(rows.size()) < all) rows.push_back(rows[rows.size() % distinct]);
    Eigen::MatrixXd starts(all, dimensions);
    Eigen::VectorXd values(all);
    for (Eigen::Index i = 0; i < all; ++i) {
        const Eigen::Index row = rows[static_cast<std::size_t>(i)];
        starts.row(i) = pool_.x().row(row);
        values(i) = pool_.log_density()(row);
    }
    Ensembles ensembles(density_, coordinate, starts, values, ensembles_wanted, request_.seed);
    result_.ensembles_used = true;
    ensembles.advance(request_.mixture_after);
    result_.ensembles = ensembles.judge();
    tell("ensembles", NAN, result_.ensembles.ess(), result_.ensembles.r_hat);
    const auto line = [&] {
        const EnsembleJudgement& judged = result_.ensembles;
        say("{} ensembles of {} walkers, {}: {} steps, R-hat {:.3f} (walkers {:.2f}), ESS {:.0f} bulk {:.0f} tail, "
            "{:.0f} % of "
            "the moves accepted",
            ensembles_wanted, walkers, coordinate.name(), ensembles.steps(), judged.r_hat, judged.walker_r_hat,
            judged.ess_bulk, judged.ess_tail, 100.0 * judged.accepted);
    };
    line();
    if (from_mixture(ensembles, coordinate)) return true;
    if (ensembles.steps() == 0) result_.ensembles = {};  // they began anew
    while (!certifies(result_.ensembles, request_.ensemble)) {
        const Eigen::Index more = std::min(std::max<Eigen::Index>(50, ensembles.steps() * 2 / 5), left() / all);
        if (more == 0) break;
        ensembles.advance(more);
        result_.ensembles = ensembles.judge();
        tell("ensembles", NAN, result_.ensembles.ess(), result_.ensembles.r_hat);
    }
    if (ensembles.steps() == 0) {
        say("refused: no evaluations are left for the ensembles");
        return false;
    }
    line();
    // Refused, too: draws of walkers are better than weights that cannot be trusted.
    coordinate_ = &coordinate;
    ensembles.draws(request_.most_draws, result_.x, result_.log_density);
    const auto count = static_cast<double>(result_.x.rows());
    result_.log_weights.setConstant(result_.x.rows(), -std::log(count));
    result_.ess = std::min(result_.ensembles.ess(), count);
    result_.k_hat = weights_.k_hat;
    result_.coordinate = coordinate.name();
    if (certifies(result_.ensembles, request_.ensemble)) {
        result_.by = CertifiedBy::ensemble;
    } else {
        say("refused: R-hat {:.3f} (at most {}), of walkers {:.2f} (at most {}), ESS {:.0f} (at least {:.0f}), after "
            "{} of "
            "{} evaluations",
            result_.ensembles.r_hat, request_.ensemble.r_hat, result_.ensembles.walker_r_hat,
            request_.ensemble.walker_r_hat, result_.ensembles.ess(), request_.ensemble.ess, density_.evaluations(),
            request_.most_evaluations);
    }
    return true;
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

}  // namespace

std::string word(CertifiedBy by) {
    return by == CertifiedBy::importance ? "importance" : by == CertifiedBy::ensemble ? "ensemble" : "none";
}

ExactResult sample_exact(Density& density, std::span<const Coordinate* const> coordinates,
                         const Eigen::MatrixXd& starts, const ExactRequest& request, const ProgressCallback& told) {
    if (coordinates.empty()) throw Error(ExitCode::usage, "exact posterior: no coordinate to propose in");
    if (starts.rows() == 0 || starts.cols() != density.dimensions())
        throw Error(ExitCode::usage, fmt::format("exact posterior: {} starts of {} components for a density of {}",
                                                 starts.rows(), starts.cols(), density.dimensions()));
    return Ladder(density, coordinates, request, told).climb(starts);
}

}  // namespace hlaunch
