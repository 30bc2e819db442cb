// Words of a command that must stand in no file: written {secret:NAME}, they are the value of a variable of the
// caller's environment, and the name alone is recorded. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hlaunch {

using VariableOf = std::function<std::optional<std::string>(std::string_view name)>;

// Throws usage Error where a variable is not set.
[[nodiscard]] std::vector<std::string> fill_secrets(const std::vector<std::string>& words, const VariableOf& value_of);

}  // namespace hlaunch
