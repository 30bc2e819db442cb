// The main job from a config to a merged posterior: survey, plan, nlsq, cmc, merge. Every step finds what a
// former run left and does only the rest.
#pragma once

#include "job/request/options.h"
#include "job/session/work_order.h"
#include "os/process/environment.h"
#include "os/spawn/blocked_signals.h"
#include "topology/machine.h"

namespace hlaunch {

// Returns the exit code: 0 done and merged, 1 an instance or a gate failed, 128 + signal when interrupted.
// Throws Error for what is refused before anything is started.
[[nodiscard]] int run_analysis(const JobOptions& options, const Machine& machine, const Environment& environment,
                               const WorkOrder& order = {});

// The same; throws Interrupted where it was stopped.
void run_checked(const JobOptions& options, const WorkOrder& order, const Machine& machine,
                 const Environment& environment, const BlockedSignals& signals);

}  // namespace hlaunch
