// The exact posterior of a run, with all of its placements.
#pragma once

#include <string>

#include "homodyne/app/facts.h"
#include "job/posterior/posterior_workers.h"
#include "job/results/merge_outcome.h"
#include "job/rounds/staged_rounds.h"
#include "job/session/context.h"
#include "plan/plan.h"

namespace hlaunch {

// What stage nlsq left: it may be missing or refused.
[[nodiscard]] PosteriorFit posterior_fit(const PartFolder& nlsq, const AnalysisSpec& analysis);

// The density workers of a run, started once. Other ranks take part where the options say that there are some.
class RunPosterior {
  public:
    // After stage nlsq. key: of the analysis and its fit. Throws Interrupted, and failure where a process cannot go on.
    RunPosterior(JobContext& context, const Plan& plan, const homodyne::Facts& facts, const std::string& key);

    [[nodiscard]] PosteriorWorkers& workers() { return workers_; }

  private:
    StagedRounds rounds_;
    PosteriorWorkers workers_;
};

// Throws as RunPosterior does.
[[nodiscard]] MergeOutcome sample_posterior_of_run(JobContext& context, const Plan& plan, const homodyne::Facts& facts,
                                                   const std::string& key);

}  // namespace hlaunch
