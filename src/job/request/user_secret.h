// A key of the user's own, made once: $XDG_STATE_HOME/hlaunch/secret, else below ~/.local/state, mode 0600.
#pragma once

#include "base/keyed_hash.h"
#include "os/process/environment.h"

namespace hlaunch {

// Throws infrastructure where there is no such folder, or others could read the file.
[[nodiscard]] HashKey user_secret(const Environment& environment);

}  // namespace hlaunch
