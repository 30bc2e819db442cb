// What the journal tells of a posterior that was sampled to its end.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "job/request/options.h"

namespace hlaunch {

// The event that tells of a posterior that was sampled to its end; only a run of the same wish has it.
[[nodiscard]] nlohmann::json sampled_event(const AnalysisSpec& analysis, const std::string& config_hash);

// Whether one of these events is it.
[[nodiscard]] bool is_sampled(const std::vector<nlohmann::json>& events, const AnalysisSpec& analysis,
                              const std::string& config_hash);

}  // namespace hlaunch
