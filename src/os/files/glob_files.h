// What a pattern (glob(7)) names, where no shell has expanded it.
#pragma once

#include <string>
#include <vector>

namespace hlaunch {

// Sorted; a name that exists stands for itself, whatever letters it has. Nothing where nothing matches. Throws
// infrastructure Error where a folder cannot be read.
[[nodiscard]] std::vector<std::string> files_matching(const std::string& pattern);

// Whether it holds a * ? or [.
[[nodiscard]] bool is_pattern(const std::string& text);

}  // namespace hlaunch
