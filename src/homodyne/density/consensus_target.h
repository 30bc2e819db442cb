// Draws of merged parameters as points of the density of all points: the shards' sites and the model's are mapped to
// each other by the parameters they share, and the noise, which is each shard's own, is drawn beside.
#pragma once

#include <Eigen/Dense>
#include <vector>

#include "homodyne/density/density_model.h"
#include "homodyne/density/served_density.h"
#include "homodyne/sites/site_map.h"
#include "posterior/certificate.h"
#include "posterior/proposals/student_t.h"

namespace hlaunch::homodyne {

// Of log sigma at any of the draws. homodyne's noise is Gaussian, sigma one number: given the other parameters its
// likelihood is sigma^-n exp(-S / 2 sigma^2), S the sum of squares. A t distribution around its maximum, wider by a
// tenth: an importance proposal, weighed as the rest is, so that nothing is approximated.
struct NoiseProposal {
    Eigen::Index site = -1;  // in x
    StudentT log_sigma;
};

// Asks the density near x for S: three rows that differ in log sigma alone, which also tell that the noise is as said
// above. counted: how often each point of a block counts. Throws failure Error where it is not.
[[nodiscard]] NoiseProposal noise_proposal(DensityRounds& rounds, const DensityModel& model, const Eigen::VectorXd& x,
                                           double counted);

struct TargetDraws {
    Eigen::MatrixXd parameters;   // of `from`, a row a draw
    Eigen::MatrixXd x;            // of the model; rows that it has are below
    std::vector<bool> inside;     // whether the model's bounds hold the draw; where not, its x is zero
    Eigen::VectorXd log_density;  // of the proposal, with respect to x
};

// from: the sites of the merged draws; to: of the model. Both outlive it.
class TargetMap {
  public:
    // Throws failure Error where the parameters of the two differ by more than the noise.
    TargetMap(const SiteMap& from, const SiteMap& to, const DensityModel& model);
    // x of one draw; false outside the model's bounds.
    [[nodiscard]] bool point(const Eigen::VectorXd& sampled, double log_sigma, Eigen::VectorXd& x) const;
    [[nodiscard]] TargetDraws draws(const KnownDraws& sampled, const NoiseProposal& noise, RandomStream& random) const;

  private:
    const SiteMap& from_;
    const SiteMap& to_;
    std::vector<Eigen::Index> column_;  // in from's parameters, by to's; -1: the noise
};

// The site of x that is the logarithm of sigma; throws failure Error where there is none, or another one.
[[nodiscard]] Eigen::Index noise_site(const DensityModel& model);

}  // namespace hlaunch::homodyne
