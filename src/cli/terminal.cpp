#include "cli/terminal.h"

#include <unistd.h>

#include <cstdlib>

namespace hlaunch {

bool stdout_has_colour() {
    const char* no_colour = std::getenv("NO_COLOR");
    const char* term = std::getenv("TERM");
    return isatty(STDOUT_FILENO) != 0 && !(no_colour && *no_colour) && term && std::string_view(term) != "dumb";
}

}  // namespace hlaunch
