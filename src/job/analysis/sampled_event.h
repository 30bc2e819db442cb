// What the journal tells of a posterior that was sampled to its end.
#pragma once

#include <string>

#include "job/request/options.h"
#include "run/journal/history.h"

namespace hlaunch {

// The event that tells of a posterior that was sampled to its end; only a run of the same wish has it.
[[nodiscard]] events::Sampled sampled_event(const AnalysisSpec& analysis, const std::string& config_hash);

// Whether the journal has it.
[[nodiscard]] bool is_sampled(const RunHistory& history, const AnalysisSpec& analysis, const std::string& config_hash);

}  // namespace hlaunch
