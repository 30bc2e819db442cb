// A merged posterior in homodyne's own formats: DIR/cmc/{samples.npz, parameters.json,
// diagnostics.json}, and DIR/merge.json, which says how it came about
// (docs/schemas/merge.schema.json).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "merge/merge.h"

namespace hlaunch {

struct MergedRun {
    std::string analysis_mode;
    std::int64_t n_warmup = 0;  // a chain
    std::string timestamp;      // ISO 8601
};

[[nodiscard]] std::string merge_json(const MergeReport& report);

// merge.json always; the rest only if the report passed. Each file appears whole or not at all,
// samples.npz last of its folder. Throws usage if DIR/cmc holds draws that no merge wrote,
// infrastructure if writing fails.
void write_merged(const std::filesystem::path& folder, const MergeReport& report, const MergedRun& run);

}  // namespace hlaunch
