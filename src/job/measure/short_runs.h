// What tune and compare share: runs that are made to be measured, of which nothing stays.
#pragma once

#include <string>

#include "job/request/options.h"
#include "os/process/environment.h"
#include "os/spawn/blocked_signals.h"
#include "topology/machine.h"

namespace hlaunch {

// Stage nlsq of the analysis, in a run folder of its own under `folder`; returns the NLSQ result to start from.
[[nodiscard]] std::string run_nlsq_once(const JobOptions& options, const std::optional<homodyne::ShortRun>& short_run,
                                        const std::string& folder, const Machine& machine,
                                        const Environment& environment, const BlockedSignals& signals);

}  // namespace hlaunch
