// How long things may take and how often they are tried, as the user wants them.
#pragma once

#include <string>

#include "base/clock.h"
#include "job/request/options.h"
#include "run/stage/stage_runner.h"
#include "run/states/deadline.h"

namespace hlaunch {

// From the first signal to SIGKILL as --grace says.
[[nodiscard]] Grace grace_of(const RunLimits& limits);
// folder: the run folder, whose disk is looked after and where a file asks for a stop; empty: none.
[[nodiscard]] RunRules rules_of(const RunLimits& limits, const std::string& folder);
[[nodiscard]] Deadline deadline_of(const RunLimits& limits, const Clock& clock);

}  // namespace hlaunch
