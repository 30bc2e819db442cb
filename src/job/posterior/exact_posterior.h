// The exact posterior of all points: workers hold the points, the sampler asks them for densities.
#pragma once

#include <Eigen/Dense>

#include "job/posterior/posterior_workers.h"
#include "job/results/weighted_answer.h"

namespace hlaunch {

// more_starts: of the search for maxima, beside the usual ones; rows of x. Writes nothing, in whichever thread. Throws
// what the workers throw, and failure where there is no density or no draw.
[[nodiscard]] WeightedAnswer sample_posterior(PosteriorWorkers& workers, const Eigen::MatrixXd& more_starts);

}  // namespace hlaunch
