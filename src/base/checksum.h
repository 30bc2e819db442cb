// The checksum of lines in files that a crash may tear: XXH3, 64 bits.
#pragma once

#include <string>
#include <string_view>

namespace hlaunch {

[[nodiscard]] std::string checksum_hex(std::string_view text);  // 16 digits

}  // namespace hlaunch
