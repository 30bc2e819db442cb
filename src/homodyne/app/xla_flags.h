// The user's XLA_FLAGS: what XLA would make of them, and what an instance is given. Whether a flag is known is for the
// jaxlib of the chosen environment to say (shim/hlaunch_shim/process/xla_flags.py), not for a list here.
#pragma once

#include <string>
#include <vector>

namespace hlaunch::homodyne {

// Traps of the form, one line each: a bare token in front (XLA takes it for a file of flags and aborts), a later one
// (XLA stops reading there), a flag given twice (the last wins), one that hlaunch sets itself. Empty: none.
[[nodiscard]] std::vector<std::string> lint_xla_flags(const std::string& user_flags);

// What hlaunch sets, in the performance guide's order: multi_thread_eigen, device count.
[[nodiscard]] std::vector<std::string> own_xla_flags(unsigned devices);

// The user's flags less bare tokens and those set here: device count, multi_thread_eigen.
[[nodiscard]] std::string xla_flags(const std::string& user_flags, unsigned devices);

}  // namespace hlaunch::homodyne
