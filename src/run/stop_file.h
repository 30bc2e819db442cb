// The stop that another host asks for, where no signal reaches.
#pragma once

#include <string>

namespace hlaunch {

// Whether a file asks for a stop (another host's `hlaunch stop`); it is taken away, so that the next one asks again.
[[nodiscard]] bool take_stop_file(const std::string& path);

}  // namespace hlaunch
