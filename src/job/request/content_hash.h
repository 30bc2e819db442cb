// What files and texts hold, as one short text.
#pragma once

#include <string>
#include <string_view>

namespace hlaunch {

// 128-bit content hash (XXH3) in hex. Throws infrastructure Error where the file cannot be read.
[[nodiscard]] std::string hash_file(const std::string& path);
[[nodiscard]] std::string hash_text(std::string_view text);

}  // namespace hlaunch
