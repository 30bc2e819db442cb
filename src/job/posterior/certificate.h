// --posterior auto: a merged posterior is weighed by the exact density; where that certifies it the weights correct it,
// where not the exact posterior takes its place.
#pragma once

#include <Eigen/Dense>
#include <string>

#include "homodyne/app/facts.h"
#include "homodyne/sites/site_map.h"
#include "job/posterior/posterior_workers.h"
#include "job/results/weighted_answer.h"
#include "job/session/context.h"

namespace hlaunch {

// Weighs report.gaussian, in a coordinate of `sites`; without one the Gaussian that report.draws look like. Fills
// report.certificate, and where it is certified corrects table, draws and correlations. Handed back: bytes of the
// weighted draws where certified, and the densest draw, a row of x, to start from where not.
struct Weighing {
    std::string draws;
    Eigen::MatrixXd start;
};
[[nodiscard]] Weighing weigh_merged(PosteriorWorkers& workers, const SiteMap* sites, MergeReport& report);

// The whole of --posterior auto after a merge. The answer is a certified consensus; else the exact posterior; else,
// where the density cannot be asked and the merge's own checks passed, the consensus as it is, uncertified. Throws
// Interrupted; failure where neither can be had.
[[nodiscard]] WeightedAnswer settle_posterior(JobContext& context, const Plan& plan, const homodyne::Facts& facts,
                                              const std::string& key, const SiteMap* sites, MergeReport report);

}  // namespace hlaunch
