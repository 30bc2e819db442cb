// The exact posterior of all points: workers hold the points, the sampler asks them for densities, the result goes
// where a merge of shards would.
#pragma once

#include "homodyne/facts.h"
#include "job/context.h"
#include "job/merge_step.h"
#include "job/posterior_workers.h"
#include "job/weighted_answer.h"
#include "plan/plan.h"

namespace hlaunch {

// After stage nlsq, whose fit may be missing or refused: it is a start, and priors are made of it where it is usable.
// key: of the analysis and its fit. Throws Interrupted, and failure where a worker cannot go on.
[[nodiscard]] MergeOutcome sample_posterior(JobContext& context, const Plan& plan, const homodyne::Facts& facts,
                                            const std::string& key);

// The same with workers that are there already, and starts of the search beside the usual ones, rows of x. Writes
// nothing.
[[nodiscard]] WeightedAnswer sample_posterior(JobContext& context, PosteriorWorkers& workers,
                                              const homodyne::Facts& facts, const Eigen::MatrixXd& more_starts);

}  // namespace hlaunch
