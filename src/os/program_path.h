// Where a command is, as execvp would find it now.
#pragma once

#include <optional>
#include <string>

#include "os/environment.h"

namespace hlaunch {

// Absolute, links not followed (a virtual environment is known by its own path). Nothing: not in PATH, or not
// executable.
[[nodiscard]] std::optional<std::string> program_path(const std::string& name, const Environment& environment);

}  // namespace hlaunch
