// The user's YAML as a tree that can be walked: every reader of it goes through here.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>

namespace hlaunch::homodyne {

// As YAML::Load, and throws YAML::Exception also for what a walk would not come back from: an alias inside itself,
// aliases of aliases that unfold to more than a million nodes, whatever else yaml-cpp throws on hostile text.
[[nodiscard]] YAML::Node load_yaml(const std::string& text);

// Throws usage Error naming the place where it is no YAML, or no mapping: homodyne would silently run its defaults.
void check_is_config(const std::string& text, const std::string& name);

}  // namespace hlaunch::homodyne
