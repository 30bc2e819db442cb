// The folder of a merge on disk: homodyne::merged_files under their names.
#pragma once

#include <filesystem>

#include "homodyne/results/outputs.h"

namespace hlaunch {

// Each file appears whole or not at all. What an earlier merge left is gone first, so that no draws outlive a refusal.
// Throws usage if it holds draws that no merge wrote, infrastructure if writing fails.
void write_merged(const std::filesystem::path& folder, const MergeReport& report, const MergedRun& run);

}  // namespace hlaunch
