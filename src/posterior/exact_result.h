// What is asked of an exact posterior, and what comes of it.
#pragma once

#include <Eigen/Dense>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "merge/parametrisation.h"
#include "posterior/ensemble.h"
#include "posterior/importance.h"
#include "posterior/maxima.h"

namespace hlaunch {

struct ExactRequest {
    std::uint64_t seed = 0;
    MaximaLimits maxima;
    ImportanceLimits importance;  // of each of the two times it is tried; `wanted` is the ESS asked for
    EnsembleLimits ensemble;
    Eigen::Index ensembles = 4;              // independent ones; at least two
    Eigen::Index walkers = 0;                // of each; 0: six times the dimensions, 48 to 96 where that suffices
    Eigen::Index annealing_moves = 15;       // of each walker, at each power of the density
    Eigen::Index settling_steps = 15;        // before a mixture is fitted to where the walkers are
    int refits = 8;                          // of that mixture, each proposing a part of the next steps
    double last_variance_k_hat = 1.0;        // at most, of variances, for draws from the last of them
    Eigen::Index most_evaluations = 400000;  // of log densities, all in all; no ensemble where it does not suffice
    Eigen::Index most_draws = 20000;         // handed back of the ensembles; a whole step of all walkers at least
    const Coordinate* ensemble_coordinate = nullptr;  // of the walkers; none: the one of fewest points without inverse
    bool try_importance = true;                       // false, for tests: straight to the ensembles
};

enum class CertifiedBy { none, importance, ensemble };
[[nodiscard]] std::string word(CertifiedBy by);  // "none", "importance", "ensemble"

struct Basin {
    Maximum maximum;
    double share = 0.0;  // of the mass: weights of the draws that are nearest to this maximum
};

struct ExactResult {
    CertifiedBy by = CertifiedBy::none;
    [[nodiscard]] bool certified() const { return by != CertifiedBy::none; }

    Eigen::MatrixXd x;            // a row a draw; also where nothing is certified
    Eigen::VectorXd log_weights;  // normalised; all alike for an ensemble's draws
    Eigen::VectorXd log_density;  // as the density gave them
    std::string coordinate;       // name of the one the last draws were proposed in

    std::vector<Basin> basins;                                       // best Laplace evidence first
    double log_evidence = std::numeric_limits<double>::quiet_NaN();  // by importance weights
    double k_hat = std::numeric_limits<double>::infinity();
    double variance_k_hat = std::numeric_limits<double>::infinity();  // of weights times squared distances: DrawPool
    double ess = 0.0;  // of the draws handed back: importance 1 / sum w^2, ensembles the smallest of all parameters
    bool ensembles_used = false;  // then the next is theirs
    EnsembleJudgement ensembles;

    Eigen::Index evaluations = 0, quadratic_evaluations = 0, batches = 0;
    double without_density = 0.0;    // share of the proposals of importance sampling
    std::vector<std::string> steps;  // what was done, a plain line each, with figures
};

}  // namespace hlaunch
