// The certificate of a merged posterior, and what it counts twice, as a person reads it.
#pragma once

#include <string>

#include "merge/merge.h"

namespace hlaunch {

// Lines, each with its newline: which answer it is, by which figures, and how far it is from the merged one.
[[nodiscard]] std::string certificate_text(const MergeReport& report);

}  // namespace hlaunch
