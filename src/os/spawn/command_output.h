// A short command of the system (scontrol, sbatch) and what it says.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "os/process/environment.h"
#include "os/spawn/child.h"

namespace hlaunch {

struct CommandOutput {
    ExitStatus status;
    std::string out, err;
    bool timed_out = false;  // it was killed, with its process group
};
// In our folder, nothing on standard input. limit: none, or how long it may take. Throws infrastructure where it cannot
// be started.
[[nodiscard]] CommandOutput run_and_read(const std::vector<std::string>& argv,
                                         const Environment& environment = Environment::current(),
                                         std::optional<Clock::Duration> limit = std::nullopt);
// What it prints. Throws infrastructure with its own words where it does not end well.
[[nodiscard]] std::string command_output(const std::vector<std::string>& argv);

}  // namespace hlaunch
