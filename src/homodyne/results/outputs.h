// A merged posterior in homodyne's own formats: DIR/cmc/{samples.npz, parameters.json,
// diagnostics.json}, and DIR/merge.json, which says how it came about
// (docs/schemas/merge.schema.json).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "merge/merge.h"

namespace hlaunch {

struct MergedRun {
    std::string analysis_mode;
    std::int64_t n_warmup = 0;  // a chain
    std::string timestamp;      // ISO 8601
};

[[nodiscard]] std::string merge_json(const MergeReport& report);

struct OutputFile {
    std::string name;  // relative to the folder of the merge
    std::string bytes;
};

// merge.json always; the rest only if the report passed, samples.npz last.
[[nodiscard]] std::vector<OutputFile> merged_files(const MergeReport& report, const MergedRun& run);

}  // namespace hlaunch
