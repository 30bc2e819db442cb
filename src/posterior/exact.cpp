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
constexpr MixtureFitLimits mixture_limits{.most_parts = 12, .iterations = 40, .most_draws = 4000};

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
    bool run_importance(const char* what, const std::vector<Proposal>& candidates, double variance_k_hat);
    bool sample_by_ensembles();  // true: draws are handed back, certified or not
    [[nodiscard]] MixtureOfT wide_base(const MappedPoints& points) const;
    bool start_walkers(const MixtureOfT& base, const Coordinate& coordinate, Eigen::MatrixXd& starts,
                       Eigen::VectorXd& values);
    [[nodiscard]] MixtureOfT fitted_to(const Ensembles& ensembles, const Coordinate& coordinate) const;
    bool sample_from(const MixtureOfT& mixture, const Coordinate& coordinate, double variance_k_hat);
    void run_ensembles(Ensembles& ensembles, Eigen::Index all);
    void hand_on(const Ensembles& ensembles, const Coordinate& coordinate);
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

MixtureOfT Ladder::fitted_to(const Ensembles& ensembles, const Coordinate& coordinate) const {
    Eigen::MatrixXd x;
    Eigen::VectorXd log_density;
    ensembles.draws(request_.most_draws, x, log_density);
    const Eigen::MatrixXd u = map_points(coordinate, x).u;
    return fit_mixture(u, Eigen::VectorXd::Ones(u.rows()), request_.seed, mixture_limits);
}

bool Ladder::sample_from(const MixtureOfT& mixture, const Coordinate& coordinate, double variance_k_hat) {
    if (!request_.try_importance) return false;
    const auto parts = mixture.parts().size();
    return run_importance(fmt::format("importance sampling from a mixture of {} fitted to them", parts).c_str(),
                          {{&coordinate, mixture}}, variance_k_hat);
}

// Wider than the draws so far: a mixture fitted to them, and one part around all of it.
MixtureOfT Ladder::wide_base(const MappedPoints& points) const {
    constexpr double wider = 2.0, widest = 4.0, widest_share = 0.25;
    Eigen::VectorXd weights = (0.5 * (weights_.log_weights.array() - weights_.log_weights.maxCoeff())).exp();
    for (Eigen::Index i = 0; i < weights.size(); ++i)
        if (std::isnan(points.log_slope(i))) weights(i) = 0.0;
    const auto fitted = [&](int most_parts) {
        MixtureFitLimits limits;
        limits.most_parts = most_parts;
        return fit_mixture(points.u, weights, request_.seed, limits);
    };
    const MixtureOfT near = fitted(4), all = fitted(1);
    std::vector<StudentT> parts;
    Eigen::VectorXd shares(static_cast<Eigen::Index>(near.parts().size()) + 1);
    shares << (1.0 - widest_share) * near.weights(), widest_share;
    for (const StudentT& part : near.parts()) parts.emplace_back(part.centre(), wider * part.scale());
    parts.emplace_back(all.parts().front().centre(), widest * all.parts().front().scale());
    return {std::move(parts), shares};
}

// So many draws of the base that have density; fewer where most have none.
bool Ladder::start_walkers(const MixtureOfT& base, const Coordinate& coordinate, Eigen::MatrixXd& starts,
                           Eigen::VectorXd& values) {
    constexpr int most_batches = 20;
    RandomStream random(request_.seed, start_stream);
    Eigen::Index have = 0;
    for (int batch = 0; batch < most_batches && have < starts.rows(); ++batch) {
        std::vector<Eigen::Index> inverted;
        const Eigen::MatrixXd x = invert_points(coordinate, base.draw(starts.rows(), random), inverted);
        const Eigen::VectorXd log_density = density_.log_density(x);
        for (Eigen::Index i = 0; i < x.rows() && have < starts.rows(); ++i) {
            if (!std::isfinite(log_density(i))) continue;
            starts.row(have) = x.row(i);
            values(have++) = log_density(i);
        }
    }
    // A mixture's draws come part by part, and each ensemble is to begin with all of it.
    for (Eigen::Index i = have - 1; i > 0; --i) {
        const Eigen::Index other = random.index(i + 1);
        starts.row(i).swap(starts.row(other));
        std::swap(values(i), values(other));
    }
    return have == starts.rows();
}

bool Ladder::sample_by_ensembles() {
    const Coordinate& coordinate = request_.ensemble_coordinate != nullptr ? *request_.ensemble_coordinate : roomiest();
    const Eigen::Index dimensions = density_.dimensions();
    const Eigen::Index usual =
        std::clamp<Eigen::Index>(6 * dimensions, 48, std::max<Eigen::Index>(96, 2 * dimensions + 8));
    const Eigen::Index walkers = request_.walkers > 0 ? request_.walkers : usual;
    const Eigen::Index count = std::max<Eigen::Index>(2, request_.ensembles);
    const Eigen::Index all = walkers * count;
    const Eigen::Index least = all * (2 * request_.annealing_moves + request_.settling_steps);
    if (left() < least) {
        say("no ensembles: {} evaluations are left, {} needed at least", left(), least);
        return false;
    }
    const MappedPoints points = map_points(coordinate, pool_.x());
    if (points.log_slope.array().isFinite().count() < dimensions + 2) {
        say("no ensembles: only {} draws to start walkers from", points.log_slope.array().isFinite().count());
        return false;
    }
    const MixtureOfT base = wide_base(points);
    Eigen::MatrixXd starts(all, dimensions);
    Eigen::VectorXd values(all);
    if (!start_walkers(base, coordinate, starts, values)) {
        say("no ensembles: too few points around the draws have density");
        return false;
    }
    Ensembles ensembles(density_, coordinate, starts, values, count, request_.seed);
    const Eigen::Index powers =
        ensembles.anneal(base, request_.annealing_moves, left() / (all * request_.annealing_moves));
    if (powers == 0) {
        say("no ensembles: the walkers did not get from around the draws to the posterior");
        return false;
    }
    say("{} ensembles of {} walkers, {}: annealed by {} powers of the density", count, walkers, coordinate.name(),
        powers);
    tell("ensembles", NAN, NAN, NAN);
    // Where they are is what the next proposal is fitted to: soon it reaches all of the posterior.
    ensembles.advance(request_.settling_steps);
    MixtureOfT mixture = fitted_to(ensembles, coordinate);
    if (sample_from(mixture, coordinate, request_.importance.variance_k_hat_cap)) return true;
    for (int refit = 0; refit < request_.refits && left() > all * request_.settling_steps; ++refit) {
        ensembles.propose_from(mixture);
        ensembles.advance(request_.settling_steps);
        mixture = fitted_to(ensembles, coordinate);
        tell("ensembles", NAN, NAN, NAN);
    }
    if (sample_from(mixture, coordinate, request_.last_variance_k_hat)) return true;
    result_.ensembles_used = true;
    ensembles.propose_from(mixture);
    run_ensembles(ensembles, all);
    // Refused, too: draws of walkers are better than weights that cannot be trusted.
    hand_on(ensembles, coordinate);
    return ensembles.steps() > 0;
}

void Ladder::run_ensembles(Ensembles& ensembles, Eigen::Index all) {
    EnsembleJudgement& judged = result_.ensembles;
    while (!certifies(judged, request_.ensemble)) {
        const Eigen::Index more = std::min(std::max<Eigen::Index>(50, ensembles.steps() * 2 / 5), left() / all);
        if (more == 0) break;
        ensembles.advance(more);
        judged = ensembles.judge();
        tell("ensembles", NAN, judged.ess(), judged.r_hat);
    }
    say("ensembles: {} steps, R-hat {:.3f} (walkers {:.2f}), ESS {:.0f} bulk {:.0f} tail, {:.0f} % of the moves "
        "accepted",
        ensembles.steps(), judged.r_hat, judged.walker_r_hat, judged.ess_bulk, judged.ess_tail,
        100.0 * judged.accepted);
    if (certifies(judged, request_.ensemble)) {
        result_.by = CertifiedBy::ensemble;
        return;
    }
    say("refused: R-hat {:.3f} (at most {}), of walkers {:.2f} (at most {}), ESS {:.0f} (at least {:.0f}), after {} of "
        "{} evaluations",
        judged.r_hat, request_.ensemble.r_hat, judged.walker_r_hat, request_.ensemble.walker_r_hat, judged.ess(),
        request_.ensemble.ess, density_.evaluations(), request_.most_evaluations);
}

void Ladder::hand_on(const Ensembles& ensembles, const Coordinate& coordinate) {
    if (ensembles.steps() == 0) return;
    coordinate_ = &coordinate;
    ensembles.draws(request_.most_draws, result_.x, result_.log_density);
    const auto count = static_cast<double>(result_.x.rows());
    result_.log_weights.setConstant(result_.x.rows(), -std::log(count));
    result_.ess = std::min(result_.ensembles.ess(), count);
    result_.k_hat = weights_.k_hat;
    result_.coordinate = coordinate.name();
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
