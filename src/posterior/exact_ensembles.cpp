#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "posterior/exact_ladder.h"
#include "posterior/proposals/mixture_fit.h"

namespace hlaunch {
namespace {

constexpr std::uint64_t start_stream = 0x73'7461'7274;
constexpr MixtureFitLimits mixture_limits{.most_parts = 12, .iterations = 40, .most_draws = 4000};

}  // namespace

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

// As many draws of the base as rows of `starts`, all with density; false where most have none.
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
    if (have < starts.rows()) return false;
    // A mixture's draws come part by part, and each ensemble is to begin with all of it.
    std::vector<Eigen::Index> order(static_cast<std::size_t>(starts.rows()));
    std::iota(order.begin(), order.end(), 0);
    random.shuffle(order);
    starts = starts(order, Eigen::all).eval();
    values = values(order).eval();
    return true;
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
    ensembles.propose_from(mixture);
    if (run_ensembles(ensembles, all, coordinate)) return true;
    result_.ensembles_used = true;
    // Refused, too: draws of walkers are better than weights that cannot be trusted.
    hand_on(ensembles, coordinate);
    return ensembles.steps() > 0;
}

// Until they are certified or no evaluations are left; true: draws from a mixture fitted to them are, meanwhile.
bool Ladder::run_ensembles(Ensembles& ensembles, Eigen::Index all, const Coordinate& coordinate) {
    constexpr Eigen::Index first_try = 200;
    EnsembleJudgement& judged = result_.ensembles;
    Eigen::Index next_try = first_try;
    while (!certifies(judged, request_.ensemble)) {
        const Eigen::Index more = std::min(std::max<Eigen::Index>(50, ensembles.steps() * 2 / 5), left() / all);
        if (more == 0) break;
        ensembles.advance(more);
        judged = ensembles.judge();
        tell("ensembles", NAN, judged.ess(), judged.r_hat);
        if (certifies(judged, request_.ensemble) || ensembles.steps() < next_try) continue;
        // The longer they have moved, the better is what is fitted to them. A variance that is not seen then is that of
        // a tail, which they would not see either: told.
        constexpr double any = std::numeric_limits<double>::infinity();
        next_try = 3 * ensembles.steps();
        if (sample_from(fitted_to(ensembles, coordinate), coordinate, any)) return true;
    }
    say("ensembles: {} steps, R-hat {:.3f} (walkers {:.2f}), ESS {:.0f} bulk {:.0f} tail, {:.0f} % of the moves "
        "accepted",
        ensembles.steps(), judged.r_hat, judged.walker_r_hat, judged.ess_bulk, judged.ess_tail,
        100.0 * judged.accepted);
    if (certifies(judged, request_.ensemble)) {
        result_.by = CertifiedBy::ensemble;
        return false;
    }
    say("refused: R-hat {:.3f} (at most {}), of walkers {:.2f} (at most {}), ESS {:.0f} (at least {:.0f}), after {} of "
        "{} evaluations",
        judged.r_hat, request_.ensemble.r_hat, judged.walker_r_hat, request_.ensemble.walker_r_hat, judged.ess(),
        request_.ensemble.ess, density_.evaluations(), request_.most_evaluations);
    return false;
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

}  // namespace hlaunch
