// Linux memory policies by the names numactl's users know.
#pragma once

#include <string_view>

namespace hlaunch {

enum class MemPolicy { bind, preferred, preferred_many, interleave, local };
[[nodiscard]] std::string_view to_string(MemPolicy policy);       // "preferred-many" and so on
[[nodiscard]] MemPolicy parse_mem_policy(std::string_view text);  // throws usage Error, names the choices

}  // namespace hlaunch
