// How many threads of a process tree run or wait for a CPU at one moment.
#pragma once

#include <span>

#include "os/process/process_info.h"

namespace hlaunch {

struct RunnableThreads {
    unsigned count = 0;
    double cost_s = 0.0;  // CPU time that this thread spent on counting
};
// Of all live ones among the processes; threads that vanish meanwhile are left out. The threads are read one after the
// other, so that one which hands over may be counted beside the one that takes over.
[[nodiscard]] RunnableThreads count_runnable_threads(std::span<const ProcessInfo> processes);

}  // namespace hlaunch
