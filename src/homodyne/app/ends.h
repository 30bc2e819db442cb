// What the application itself tells of a bad end.
#pragma once

#include <string_view>

namespace hlaunch::homodyne {

enum class End {
    unknown,
    bad_input,   // usage, config or data: the same again ends the same way
    worker_died  // one of its processes was killed; what the others captured is kept
};

// exit_code: the root's. log: the end of its standard error. Codes of homodyne/cli/main.py (2: usage) and of the hooks
// (78, shim/hlaunch_shim/__init__.py; their words on a dead worker, sampling/deaths.py).
[[nodiscard]] End end_of(int exit_code, std::string_view log);

}  // namespace hlaunch::homodyne
