// Where the search for the maxima of an exact posterior begins.
#pragma once

#include <cstdint>
#include <optional>

#include "homodyne/app/nlsq_result.h"
#include "homodyne/density/served_density.h"
#include "homodyne/sites/site_map.h"

namespace hlaunch::homodyne {

// Rows of x: the fit, where there is one inside the bounds; the centre of the priors; draws around it, some near, some
// as wide as the priors. seed: of these.
[[nodiscard]] Eigen::MatrixXd posterior_starts(const DensityModel& model, const SiteMap& map,
                                               const std::optional<NlsqResult>& fit, std::uint64_t seed);

// The same rows with the logarithm of the noise where it goes best with the others, by the coarse subset; rows without
// a density left out.
[[nodiscard]] Eigen::MatrixXd with_fitted_noise(DensityRounds& rounds, const DensityModel& model, Eigen::MatrixXd rows);

// Of a large scan: from each row to a maximum of the coarse subset's posterior, at a fraction of the cost. What that
// subset alone excludes is left out. The rows as they are for a small scan. counted: how often each pair of times
// counts.
[[nodiscard]] Eigen::MatrixXd with_coarse_maxima(DensityRounds& rounds, const DensityModel& model, double counted,
                                                 Eigen::MatrixXd rows);

}  // namespace hlaunch::homodyne
