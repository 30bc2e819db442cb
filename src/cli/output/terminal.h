// Standard output: what is printed there, whether to colour, how wide the screen is.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/text/style.h"

namespace hlaunch {

// True on a terminal without NO_COLOR and with a TERM that is not "dumb".
[[nodiscard]] bool stdout_has_colour();

// As it is, NUL bytes too.
void print(const std::string& text);

// Of the terminal that standard output is; nothing elsewhere.
struct TerminalSize {
    std::size_t columns = 80, rows = 24;
};
[[nodiscard]] std::optional<TerminalSize> stdout_size();

}  // namespace hlaunch
