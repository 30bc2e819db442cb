// Text of unknown origin (a file of somebody's run folder) that must not steer a terminal.
#pragma once

#include <string>
#include <string_view>

namespace hlaunch {

// Control characters and what is no UTF-8 become '?', one for each byte.
[[nodiscard]] std::string printable(std::string_view text);

// Columns it takes, each character counted as one: good for all but wide scripts.
[[nodiscard]] std::size_t columns_of(std::string_view text);

// At most so many columns of it, the last one '~' where something was cut off.
[[nodiscard]] std::string cut_to(std::string_view text, std::size_t columns);

}  // namespace hlaunch
