// What outlived both its hlaunch and its reaper (killed at once), known by a variable of its environment alone.
#pragma once

#include <string>

namespace hlaunch {

// SIGKILL to every process of ours whose environment holds "NAME=value"; not to this one, nor to who it was started by.
// Returns how many were found. To be called when nothing with that mark should be at work.
unsigned kill_marked(const std::string& marker);

}  // namespace hlaunch
