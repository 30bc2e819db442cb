// One scalar of a YAML text set in place: comments, order and layout stay.
#pragma once

#include <optional>
#include <string>

#include "check/finding.h"

namespace hlaunch::homodyne {

// The text with the edit made; a key that is missing goes in front of its block mapping's other keys. Nothing where
// that cannot be done in place (aliases, flow style, several documents): the result is read again, and anything but
// this one change is refused. The text must be YAML.
[[nodiscard]] std::optional<std::string> edit_yaml(const std::string& text, const ConfigEdit& edit);

}  // namespace hlaunch::homodyne
