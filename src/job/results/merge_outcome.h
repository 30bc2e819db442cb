// What came of a merge.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "merge/merge.h"

namespace hlaunch {

struct MergeOutcome {
    bool passed = false;
    std::optional<MergeReport> report;  // none where the application's own result was taken over
    std::vector<std::string> notes;     // for the report: repaired priors, where the files are
};

}  // namespace hlaunch
