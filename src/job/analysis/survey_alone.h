// The survey without a run, for what only wants to know.
#pragma once

#include <string>

#include "homodyne/app/facts.h"
#include "homodyne/plan/planner.h"
#include "job/request/options.h"
#include "os/process/environment.h"
#include "topology/machine.h"

namespace hlaunch {

struct LoneSurvey {
    homodyne::AnalysisRequest request;
    homodyne::Facts facts;
};

// Runs on `here`, in a temporary folder that is gone afterwards, and asks for enough shards to fill `placements`.
// The configs it writes are kept in the folder `configs` where one is given. They are of a short run where one is
// wanted. Throws as survey() does.
[[nodiscard]] LoneSurvey survey_alone(const JobOptions& options, const Machine& here, const Environment& environment,
                                      unsigned placements, const std::string& configs = {},
                                      const std::optional<homodyne::ShortRun>& short_run = {});

}  // namespace hlaunch
