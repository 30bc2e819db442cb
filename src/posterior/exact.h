// The whole ladder from a density to draws of it that are certified, or a refusal with the numbers: maxima, Laplace's
// approximation, importance rounds; where these fall short ensembles of walkers that are annealed from around those
// draws to the posterior, and a mixture fitted to them as the proposal of more rounds; else the ensembles' own draws. A
// pure function of the density's values and the seed.
#pragma once

#include <Eigen/Dense>
#include <span>

#include "merge/parametrisation.h"
#include "posterior/exact_result.h"
#include "posterior/progress.h"
#include "posterior/proposals/density.h"

namespace hlaunch {

// `coordinates`: candidates, at least one; the first is taken where none is better. Rows of `starts` are points of x.
// Throws Error where there is nothing to start from: no coordinate, no start, a start of another dimension.
[[nodiscard]] ExactResult sample_exact(Density& density, std::span<const Coordinate* const> coordinates,
                                       const Eigen::MatrixXd& starts, const ExactRequest& request,
                                       const ProgressCallback& told = {});

}  // namespace hlaunch
