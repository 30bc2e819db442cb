// The stop that another host asks for, where no signal reaches.
#pragma once

#include <string>

namespace hlaunch {

// Whether a file asks for a stop (another host's `hlaunch stop`); it is taken away, so that the next one asks again.
[[nodiscard]] bool take_stop_file(const std::string& path);

// Asks for one: a new file, never what is there already (it was asked for before) nor what a link points to. Throws
// infrastructure.
void leave_stop_file(const std::string& path);

}  // namespace hlaunch
