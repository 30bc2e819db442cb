// What was learned of forecasts on this machine, on disk.
#pragma once

#include <string>

#include "homodyne/plan/memory_history.h"
#include "os/process/environment.h"

namespace hlaunch {

// $XDG_STATE_HOME/hlaunch/memory.json, else below ~/.local/state; empty where neither is known.
[[nodiscard]] std::string memory_history_path(const Environment& environment);

// Of this machine (CPU model and memory). Absent, unreadable, no JSON: empty.
[[nodiscard]] homodyne::MemoryHistory load_memory_history(const Environment& environment);

// Adds a ratio to the history at `path`. One that cannot be written, or is locked by another run for a second, is left
// as it is.
void learn_memory(const std::string& path, const std::string& key, double ratio);

}  // namespace hlaunch
