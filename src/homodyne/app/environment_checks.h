// The checklist's lines about the user's variables and the application's versions. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "check/finding.h"
#include "homodyne/app/facts.h"

namespace hlaunch::homodyne {

// variables: of the user's environment; pus: that this process may use.
[[nodiscard]] std::vector<Finding> check_environment(const std::map<std::string, std::string>& variables, unsigned pus);

[[nodiscard]] std::vector<Finding> check_versions(const Facts& facts);

}  // namespace hlaunch::homodyne
