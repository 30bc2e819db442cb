// The rank that does not lead an exact posterior: its processes hold blocks of the points, and answer the rounds that
// another hlaunch asks for in the run folder they share.
#pragma once

#include <string>

#include "job/session/context.h"
#include "os/spawn/blocked_signals.h"
#include "plan/plan.h"
#include "plan/run_folder.h"

namespace hlaunch {

// Until nobody leads any more. run: what all share; context.folder is our own, below run.workers(). placements: our
// share of this machine's. Returns the rounds answered. Throws Interrupted, and failure where a process cannot go on.
[[nodiscard]] std::size_t serve_rounds(JobContext& context, const RunFolder& run, const Plan& placements,
                                       const BlockedSignals& signals);

}  // namespace hlaunch
