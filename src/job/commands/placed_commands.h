// One bound copy of any command for each placement: numactl's two lines, supervised.
#pragma once

#include <string>
#include <vector>

#include "job/request/options.h"
#include "os/process/environment.h"
#include "plan/plan.h"
#include "topology/machine.h"

namespace hlaunch {

// {index} {cpus} {mems} {cores} of a word, from the placement; {staged} stays until the copy is there, other braces for
// ever.
[[nodiscard]] std::string fill_placeholders(const std::string& word, const Placement& placement);

// Stage "command" with one instance a placement.
[[nodiscard]] Plan plan_command(const std::vector<std::string>& command, const JobOptions& options,
                                const Machine& machine);

// Runs them side by side. With --output: run folder with logs, plan, journal and proofs; without: the
// commands write to our own output. Returns the exit code.
[[nodiscard]] int run_command(const std::vector<std::string>& command, const JobOptions& options,
                              const Machine& machine, const Environment& environment);

}  // namespace hlaunch
