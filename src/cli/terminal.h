// Whether to colour, and how wide the screen is.
#pragma once

#include <cstddef>
#include <optional>

#include "base/style.h"

namespace hlaunch {

// True on a terminal without NO_COLOR and with a TERM that is not "dumb".
[[nodiscard]] bool stdout_has_colour();

// Of the terminal that standard output is; nothing elsewhere.
struct TerminalSize {
    std::size_t columns = 80, rows = 24;
};
[[nodiscard]] std::optional<TerminalSize> stdout_size();

}  // namespace hlaunch
