// What merged/merge.json says, in short.
#pragma once

#include <optional>

#include "report/run_status.h"

namespace hlaunch {

// merge: any JSON. passed: as the journal has it; nothing: not merged, and what lies there is of an earlier start.
[[nodiscard]] std::optional<MergeStatus> merge_status(const nlohmann::json& merge, std::optional<bool> passed);

}  // namespace hlaunch
