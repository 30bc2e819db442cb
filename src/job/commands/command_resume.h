// Which copies of a command ended well at an earlier start of the same command, and are not run again.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "plan/plan.h"

namespace hlaunch {

// By part: a hash of its words, environment and folder, and of what is staged for it (name, size and time of change;
// empty: nothing), and of what --key-env names. Other words are another part.
[[nodiscard]] std::vector<std::string> command_keys(const Stage& stage, const std::string& staged_file,
                                                    const nlohmann::json& variables = nlohmann::json::object());

}  // namespace hlaunch
