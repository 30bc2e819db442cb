// One of many workers of an exact posterior: whoever finds nobody at work in the run folder prepares and leads the
// sampler there; the others answer its rounds, and one of them goes on from the rounds on disk where it dies.
#pragma once

#include <functional>

#include "job/request/launcher_rank.h"
#include "job/request/options.h"
#include "job/session/context.h"
#include "os/process/environment.h"
#include "os/spawn/blocked_signals.h"
#include "plan/plan.h"
#include "plan/run_folder.h"
#include "topology/machine.h"

namespace hlaunch {

struct PosteriorWork {
    const RunFolder& run;
    const WorkerRank& rank;
    const JobOptions& options;   // output: the run folder
    unsigned placements_in_all;  // of all workers
    const Machine& machine;
    const Environment& environment;
    const BlockedSignals& signals;
    Clock& clock;
    ProgressDisplay& display;
    // In this worker's own folder, from a journal's beginning to its end: answers rounds. Returns the exit code.
    std::function<int()> serve;
};

// Returns the exit code: 0 sampled, by whomever. Throws what leading or serving throws, and failure where who led
// failed.
[[nodiscard]] int work_on_posterior(const PosteriorWork& work);

}  // namespace hlaunch
