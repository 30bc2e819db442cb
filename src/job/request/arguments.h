// The options of an analysis as words of another hlaunch's command line.
#pragma once

#include <string>
#include <vector>

#include "job/request/options.h"

namespace hlaunch {

// What `hlaunch run` and `hlaunch worker` read as these very options (tests/unit/cli/options/job_options_test.cpp holds
// it for all of them). Defaults are left out unless they were given; what is no option (WorkOrder) is not
// told.
[[nodiscard]] std::vector<std::string> to_arguments(const JobOptions& options);

}  // namespace hlaunch
