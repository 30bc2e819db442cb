// The exact posterior of all points: workers hold the points, the sampler asks them for densities, the result goes
// where a merge of shards would.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "homodyne/nlsq_result.h"
#include "homodyne/posterior.h"
#include "job/density_workers.h"
#include "job/merge_step.h"
#include "os/clock.h"

namespace hlaunch {

// The fit is a start, and priors are made of it where it is usable.
struct PosteriorFit {
    std::string folder;  // empty: there is none
    std::optional<homodyne::NlsqResult> result;
    std::string refused;  // why its values are a start alone; empty: usable
};

struct PosteriorTask {
    homodyne::PosteriorWish wish;
    PosteriorFit fit;
    std::string config;         // as the survey derived it
    std::string analysis_mode;  // as the survey says
    std::string folder;         // for points and rounds
    std::string merged;         // for the result
    std::string key;            // of the analysis and its fit
    std::vector<std::string> accepted;
    std::function<void(const std::string&)> tell;  // lines of progress
};
// Of one analysis, in whichever thread. Throws what the runner throws, and failure Error.
[[nodiscard]] MergeOutcome sample_posterior(RoundRunner& runner, Clock& clock, const PosteriorTask& task);

}  // namespace hlaunch
