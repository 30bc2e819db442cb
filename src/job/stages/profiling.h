// --profile and --tracemalloc: what the shim is told, and what the user is told afterwards.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "job/session/context.h"

namespace hlaunch {

// The task with "profile_dir" and "tracemalloc_dir", where asked for; each folder is the instance's own, emptied and
// made.
[[nodiscard]] nlohmann::json profiled(nlohmann::json task, const AnalysisSpec& analysis, const PartFolder& folder);

// How to open the traces and how large they are; the peak of each process into tracemalloc.json, the largest told.
void note_profiles(const JobContext& context, const PartFolder& folder, const std::string& label);

}  // namespace hlaunch
