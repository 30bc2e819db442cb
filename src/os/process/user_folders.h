// Where the XDG base directory specification puts what a program keeps for its user.
#pragma once

#include <string>

#include "os/process/environment.h"

namespace hlaunch {

struct UserFolder {
    std::string owner;  // XDG_CACHE_HOME or HOME itself: whose it is decides whether it is the caller's
    std::string path;   // "hlaunch" in it; empty: there is none
};
// variable: XDG_CACHE_HOME, XDG_STATE_HOME, XDG_CONFIG_HOME; in_home: what stands for it below HOME (".cache").
// Relative paths are ignored, as the specification asks.
[[nodiscard]] UserFolder user_folder(const Environment& environment, const char* variable, const char* in_home);

}  // namespace hlaunch
