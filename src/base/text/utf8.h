// UTF-8 to and from code points (NumPy stores text as UCS-4). What is no code point becomes U+FFFD.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hlaunch {

void append_utf8(std::string& text, std::uint32_t code_point);
[[nodiscard]] std::u32string decode_utf8(std::string_view text);

}  // namespace hlaunch
