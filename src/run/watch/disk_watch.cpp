#include "run/watch/disk_watch.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/text/quantity.h"
#include "run/states/guards.h"

namespace hlaunch {
namespace {

constexpr auto interval = std::chrono::seconds(5);

}  // namespace

std::string DiskWatch::look(Clock::Time now, TaskStates& states) {
    if (path_.empty() || now < next_) return {};
    next_ = now + interval;
    std::string news;
    try {
        const auto space = world_.free_space(path_);
        const auto advice = advise_disk(space.bytes, space.counts_inodes ? std::optional(space.inodes) : std::nullopt);
        const bool was_held = std::exchange(held_, advice != DiskAdvice::go_on);
        if (held_ && !was_held)
            news = fmt::format("hlaunch: warning: {} and {} files left in {}: nothing more is started",
                               format_bytes(space.bytes), space.inodes, path_);
        states.hold_all(held_);
        // Held with nothing running would wait for ever.
        if (advice == DiskAdvice::stop_all || (held_ && states.running() == 0)) states.stop_all(StopReason::disk);
    } catch (const Error&) {  // gone: the next write says so
    }
    return news;
}

}  // namespace hlaunch
