// A short command of the system (scontrol, sbatch) and what it says.
#pragma once

#include <string>
#include <vector>

#include "os/child.h"

namespace hlaunch {

struct CommandOutput {
    ExitStatus status;
    std::string out, err;
};
// With our environment and folder, nothing on standard input. Throws infrastructure where it cannot be started.
[[nodiscard]] CommandOutput run_and_read(const std::vector<std::string>& argv);
// What it prints. Throws infrastructure with its own words where it does not end well.
[[nodiscard]] std::string command_output(const std::vector<std::string>& argv);

}  // namespace hlaunch
