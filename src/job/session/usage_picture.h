// The run folder's usage.svg, drawn from what its instances left.
#pragma once

#include "plan/plan.h"
#include "plan/run_folder.h"

namespace hlaunch {

// From nlsq/usage.csv and parts/NNN/usage.csv, also those of a former start. Nothing is written where there is none,
// nor where the disk does not allow it: the picture is no result.
void write_usage_picture(const RunFolder& folder, const Plan& plan);

}  // namespace hlaunch
