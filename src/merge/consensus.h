// Consensus Monte Carlo with full covariance (Scott et al. 2016): the product of subposteriors,
// each taken as a Gaussian, in the coordinate in which they are nearest to Gaussian.
#pragma once

#include <Eigen/Dense>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "merge/parametrisation.h"
#include "merge/statistics/moments.h"

namespace hlaunch {

// Independent Gaussians, one a site, in the sampling coordinate; a flat prior has an infinite sd.
struct SitePriors {
    Eigen::VectorXd mean;
    Eigen::VectorXd sd;
};

struct Subposterior {
    Eigen::MatrixXd x;             // draws x sites
    SitePriors prior;              // the one these draws were made under
    double effective_draws = 0.0;  // smallest ESS of a site; 0: take the draws as independent
};

// How one coordinate did on the draws of all parts.
struct CandidateScore {
    std::string coordinate;
    std::string description;
    double distance = 0.0;         // Mardia's distance to a Gaussian, mean over the parts; smaller is better
    double unmapped_share = 0.0;   // largest over the parts
    double effective_share = 1.0;  // of the Jacobian's importance weights, smallest over the parts
    double pareto_k = 0.0;         // of the same weights, largest over the parts
    std::string refused;           // why it cannot be used, empty if it can
};

struct Consensus {
    const Coordinate* coordinate = nullptr;
    Moments merged;              // in that coordinate
    std::vector<Moments> parts;  // likewise
    std::vector<CandidateScore> candidates;
    double tension = 0.0;    // sum of squared distances of the parts' means from the merged one
    double tension_p = 1.0;  // chi-square, (parts - 1) x sites degrees
};

// `full_prior` is the prior of the whole analysis: every part's own prior is divided out and this
// one put in once (for tempered priors that changes nothing). `mean_variance` scales the variance
// that the parts' means are expected to have (1: as their own covariances say). Throws
// failure when no positive definite product exists.
[[nodiscard]] Consensus consensus(std::span<const Subposterior> parts, const SitePriors& full_prior,
                                  std::span<const Coordinate* const> candidates, double mean_variance);

}  // namespace hlaunch
