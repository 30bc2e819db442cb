#include "run/watch/memory_kills.h"

#include <utility>

namespace hlaunch {

MemoryKills::MemoryKills(World& world) : world_(world), counted_(world.counted_memory_kills()), seen_(counted_) {
    static_cast<void>(world_.new_kernel_kills());  // before our time
}

void MemoryKills::forget_old() {
    counted_ = std::max(counted_, std::exchange(seen_, world_.counted_memory_kills()));
}

std::uint64_t MemoryKills::take(const std::function<bool(pid_t)>& is_ours) {
    const auto now = world_.counted_memory_kills();
    const auto news = now - std::exchange(counted_, now);
    const auto named = world_.new_kernel_kills();
    named_.insert(named_.end(), named.begin(), named.end());
    return news + std::erase_if(named_, is_ours);
}

}  // namespace hlaunch
