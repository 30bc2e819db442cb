// A merge as a person reads it: table, checks, comparison, where it is.
#pragma once

#include <filesystem>
#include <string>

#include "merge/merge.h"

namespace hlaunch {

[[nodiscard]] std::string merge_text(const MergeReport& report, const std::filesystem::path& output);

}  // namespace hlaunch
