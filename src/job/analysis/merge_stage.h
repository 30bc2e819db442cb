// The last stage: one posterior from what the parts left, judged, written, and compared with the
// application's own combination of the very same shards.
#pragma once

#include <string>

#include "homodyne/app/facts.h"
#include "job/results/merge_outcome.h"
#include "job/session/context.h"
#include "plan/plan.h"

namespace hlaunch {

// key: of the analysis and its fit.
[[nodiscard]] MergeOutcome merge_run(JobContext& context, const Plan& plan, const homodyne::Facts& facts,
                                     const std::string& key);

// Mode nlsq: checks nlsq/ and takes its files over into merged/nlsq.
[[nodiscard]] MergeOutcome take_over_nlsq(JobContext& context, const homodyne::Facts& facts);

}  // namespace hlaunch
