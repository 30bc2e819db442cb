#include "cli/output/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace hlaunch {

bool stdout_has_colour() {
    const char* no_colour = std::getenv("NO_COLOR");
    const char* term = std::getenv("TERM");
    return isatty(STDOUT_FILENO) != 0 && !(no_colour && *no_colour) && term && std::string_view(term) != "dumb";
}

void print(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
}

std::optional<TerminalSize> stdout_size() {
    winsize size{};
    if (isatty(STDOUT_FILENO) == 0) return std::nullopt;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return TerminalSize{};
    return TerminalSize{.columns = size.ws_col, .rows = size.ws_row};
}

}  // namespace hlaunch
