// `hlaunch exec` without the command-line parser: main() hands over to it before anything else is
// set up, since it runs once for each task of a script and must cost little more than numactl.
#pragma once

#include <span>

namespace hlaunch {

// args: what follows "exec", ended by a null pointer as main's argv is. Becomes the command, or
// returns the exit code: 0 after --help, 2 usage, 3 impossible binding, 126 not executable, 127 not
// found.
[[nodiscard]] int exec_main(std::span<char*> args) noexcept;

}  // namespace hlaunch
