// The checklist's lines about homodyne's YAML: what is wrong, disagrees, or is not what it seems. Pure.
#pragma once

#include <string>
#include <vector>

#include "check/finding.h"
#include "homodyne/app/facts.h"

namespace hlaunch::homodyne {

struct ConfigContext {
    const Facts* facts = nullptr;  // the survey's answer; absent where it refused
    bool cmc = true;               // whether CMC is to run
    unsigned placements = 1;
    unsigned cores = 1;  // of the smallest placement
};

// yaml: the text of a config that is a mapping.
[[nodiscard]] std::vector<Finding> check_config_settings(const std::string& yaml, const ConfigContext& context);

}  // namespace hlaunch::homodyne
