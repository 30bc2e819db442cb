// "did you mean ...?"
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace hlaunch {

// The known name with the fewest letters added, left out, changed or swapped; nothing where more than a third of them
// are wrong. The first of several.
[[nodiscard]] std::optional<std::string> nearest_name(std::string_view wanted, std::span<const std::string> known);

}  // namespace hlaunch
