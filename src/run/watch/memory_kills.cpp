#include "run/watch/memory_kills.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "os/observe/kernel_log.h"
#include "os/process/cgroup.h"

namespace hlaunch {

std::uint64_t MemoryKills::in_group() {
    return oom_kills(::getpid()).value_or(0);
}

MemoryKills::MemoryKills() : counted_(in_group()), seen_(counted_), log_time_us_(kernel_log_time_us()) {}

void MemoryKills::forget_old() {
    counted_ = std::max(counted_, std::exchange(seen_, in_group()));
}

std::uint64_t MemoryKills::take(const std::function<bool(pid_t)>& is_ours) {
    const auto now = in_group();
    auto news = now - std::exchange(counted_, now);
    for (const auto& kill : kernel_kills(log_time_us_))
        if (is_ours(kill.pid)) ++news;
    return news;
}

}  // namespace hlaunch
