// Processes and threads of a plan against those that limits leave (pids.max, ulimit -u).
#pragma once

#include <cstdint>
#include <string>

#include "plan/plan.h"

namespace hlaunch {

struct TaskNeed {
    std::uint64_t least = 0;   // without which it cannot run
    std::uint64_t likely = 0;  // what it will take
    std::string of;            // "2 instances x 3 workers"
};

// A reaper and a process for each, and hlaunch's own thread.
[[nodiscard]] TaskNeed need_of_commands(std::size_t at_once);

// Throws infrastructure Error where the limits leave less than the least; adds a warning where less than the likely.
void check_tasks(Plan& plan, const TaskNeed& need);

}  // namespace hlaunch
