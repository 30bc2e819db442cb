// Independent ensembles of walkers: differential evolution moves (ter Braak 2006) and snooker moves (ter Braak and
// Vrugt 2008). Each ensemble is split in two halves that move in turn by differences of the other half's walkers, which
// keeps detailed balance (Goodman and Weare 2010). A fixed distribution may propose a part of the moves. One half of
// all ensembles is ONE batch of evaluations.
//
// How it is judged, over every component of x:
// - R-hat: rank-normalised, split in time, the worse of bulk and folded; a chain is all draws of one ensemble.
// - ESS: walkers of one ensemble are not independent of one another, but their averages over an ensemble are one series
//   a step. The variance of the whole mean is the series' total variance over its own ESS; the draws' variance over
//   that is the ESS in draws (Goodman and Weare 2010, section 4). Bulk: of normal scores of the ranks. Tail: of the
//   indicators of the 5 % and 95 % quantiles.
// - R-hat of walkers: every walker a chain. Walkers that stay where they started (shares of modes frozen alike in all
//   ensembles) are seen by nothing above. Many walkers need not go as far, each, as few: the draws that it stands for
//   count, too.
#pragma once

#include <Eigen/Dense>
#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "merge/parametrisation.h"
#include "posterior/proposals/density.h"
#include "posterior/proposals/draw_pool.h"

namespace hlaunch {

struct EnsembleJudgement {
    double r_hat = std::numeric_limits<double>::infinity();
    double ess_bulk = 0.0;
    double ess_tail = 0.0;
    double walker_r_hat = std::numeric_limits<double>::infinity();
    Eigen::Index walkers = 0;  // of all ensembles
    double accepted = 0.0;     // share of the moves
    Eigen::Index steps = 0;    // judged, of each walker
    // As if every walker had been sampled by itself: walkers / (R-hat^2 - 1).
    [[nodiscard]] double ess_of_walkers() const {
        return static_cast<double>(walkers) / std::max(walker_r_hat * walker_r_hat - 1.0, 1e-6);
    }
    [[nodiscard]] double ess() const { return std::min({ess_bulk, ess_tail, ess_of_walkers()}); }
};

struct EnsembleLimits {
    double r_hat = 1.01;
    double ess = 400.0;
    double walker_r_hat = 1.25;
};
[[nodiscard]] bool certifies(const EnsembleJudgement& judgement, const EnsembleLimits& limits);

// Draws are steps x (walkers of ensemble 0, walkers of ensemble 1, ...), one matrix a parameter.
[[nodiscard]] EnsembleJudgement judge_ensembles(const std::vector<Eigen::MatrixXd>& draws, Eigen::Index ensembles);

class Ensembles {
  public:
    // `starts`: rows are points of x that have density (`values`: theirs); ensembles x walkers rows, ensemble by
    // ensemble; `walkers` even, at least six. Starts that the coordinate is not defined at: Error.
    Ensembles(Density& density, const Coordinate& coordinate, const Eigen::MatrixXd& starts,
              const Eigen::VectorXd& values, Eigen::Index ensembles, std::uint64_t seed);

    // Starts that are draws of `base` (in the ensembles' coordinate, in an order of chance) become draws of the
    // density: by powers between the two, each reached by resampling within the ensembles and so many moves of all
    // walkers (sequential Monte Carlo: Del Moral, Doucet, Jasra 2006). A power is as much larger as leaves half of the
    // walkers effective. The history begins anew. Returns the number of powers; 0 where `most` did not suffice.
    [[nodiscard]] Eigen::Index anneal(const MixtureOfT& base, Eigen::Index moves, Eigen::Index most = 60);

    void advance(Eigen::Index steps);
    // From now on a third of the moves are drawn from `proposal` (in the ensembles' coordinate), wherever a walker
    // is: from mode to mode, and out of where differences are of no use. The history begins anew.
    void propose_from(MixtureOfT proposal);
    [[nodiscard]] Eigen::Index steps() const { return static_cast<Eigen::Index>(history_.size()); }
    [[nodiscard]] Eigen::Index walkers() const { return walkers_; }  // of one ensemble
    // Of the steps after the first third.
    [[nodiscard]] EnsembleJudgement judge() const;
    // The same steps, at most `most` draws: x of every k-th step, all walkers; and their log densities.
    void draws(Eigen::Index most, Eigen::MatrixXd& x, Eigen::VectorXd& log_density) const;

  private:
    struct Step {
        Eigen::MatrixXd x;  // a row a walker
        Eigen::VectorXd log_density;
    };
    struct Move {
        Eigen::VectorXd u;
        double log_factor = 0.0;  // of the acceptance, beside the densities
    };
    void forget();  // the history
    [[nodiscard]] Eigen::VectorXd targets(const Eigen::VectorXd& log_target, const Eigen::VectorXd& log_base) const;
    void resample_within(const Eigen::VectorXd& log_weights);
    [[nodiscard]] Move propose(Eigen::Index walker, Eigen::Index other_half);
    void move_half(Eigen::Index half);
    [[nodiscard]] Eigen::Index first_judged() const { return steps() / 3; }

    Density* density_;
    const Coordinate* coordinate_;
    RandomStream random_;
    Eigen::Index ensembles_ = 0, walkers_ = 0;
    Eigen::MatrixXd x_, u_;
    Eigen::VectorXd log_density_, log_target_;  // of u: less log |det du/dx|
    const MixtureOfT* base_ = nullptr;          // while they anneal
    Eigen::VectorXd log_base_;                  // of u; zero without one
    double power_ = 1.0;                        // of the density; the rest of it is the base's
    std::vector<MixtureOfT> global_;            // one or none
    Eigen::VectorXd jitter_;                    // a small length, a component of u
    std::vector<Step> history_;
    Eigen::Index moves_ = 0, accepted_ = 0;
};

}  // namespace hlaunch
