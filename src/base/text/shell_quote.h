// Text as one word of a POSIX shell, whatever bytes it holds (NUL apart, which no argument can hold).
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace hlaunch {

[[nodiscard]] std::string shell_quote(std::string_view word);
[[nodiscard]] std::string shell_join(std::span<const std::string> words);

}  // namespace hlaunch
