// The exact posterior of a run, with all of its placements.
#pragma once

#include <string>

#include "homodyne/facts.h"
#include "job/context.h"
#include "job/merge_step.h"
#include "job/posterior_step.h"
#include "plan/plan.h"

namespace hlaunch {

// What stage nlsq left, as a start: it may be missing or refused.
[[nodiscard]] PosteriorFit posterior_fit(const PartFolder& nlsq, const JobOptions& options);

// key: of the analysis and its fit. Throws Interrupted, and failure where a worker cannot go on.
[[nodiscard]] MergeOutcome sample_posterior_of_run(JobContext& context, const Plan& plan, const homodyne::Facts& facts,
                                                   const std::string& key);

}  // namespace hlaunch
