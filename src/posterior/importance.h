// Adaptive multiple importance sampling (Cornuet, Marin, Mira, Robert 2012) with Pareto-smoothed weights.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "posterior/maxima.h"
#include "posterior/proposals/draw_pool.h"

namespace hlaunch {

struct ImportanceLimits {
    double wanted = 2000.0;           // effective draws
    Eigen::Index first_round = 1000;  // draws
    Eigen::Index least_round = 250;   // also of each trial of a coordinate
    Eigen::Index most_draws = 20000;  // in all rounds of this call
    double k_hat_cap = 0.7;           // see k_hat_limit
    double variance_k_hat = 0.5;      // at most, of variances; above it two more rounds try, and then it is told
    double variance_k_hat_cap = 0.7;  // above it nothing is certified
    int patience = 3;                 // rounds without a better k-hat or efficiency
};

struct ImportanceOutcome {
    double variance_k_hat = std::numeric_limits<double>::infinity();  // see DrawPool
    bool certified = false;                  // k-hat below its limit and as many effective draws as wanted
    SmoothedWeights weights;                 // of the pool's kept draws
    const Coordinate* coordinate = nullptr;  // the one that did best
    std::vector<Proposal> last;              // the newest proposal (one, none where there was no candidate)
    std::string reason;                      // why it ended, in words
};

// After a round: the pool, its weights.
using RoundCallback = std::function<void(const DrawPool&, const SmoothedWeights&)>;

// A part for each maximum whose Laplace evidence is within 12 nats of the best one's (eight at most), each at least 5 %
// of the draws. Nothing where the coordinate is not defined at the best maximum.
[[nodiscard]] std::vector<Proposal> laplace_proposal(const Coordinate& coordinate, const std::vector<Maximum>& maxima);

// A proposal from the pool's weighted draws: each part moves to the moments of the draws it is responsible for, with
// the largest weights clipped, its covariance drawn to the old one where few draws speak, and inflated by a tenth.
[[nodiscard]] Proposal adapted(const Proposal& proposal, const DrawPool& pool);

// A mixture fitted to the pool's weighted draws, a tenth of the draws from `first` all the same, and some
// from a wide part that covers the tails (defensive mixtures: Hesterberg 1995).
[[nodiscard]] Proposal refitted(const Proposal& first, const DrawPool& pool, std::uint64_t seed);

// Candidates (in different coordinates, say) get a small round each; the one of the most effective draws goes on. All
// draws count. With `pool` already filled its draws count too.
[[nodiscard]] ImportanceOutcome sample_importance(DrawPool& pool, const std::vector<Proposal>& candidates,
                                                  const ImportanceLimits& limits, RandomStream& random,
                                                  const RoundCallback& told = {});

}  // namespace hlaunch
