// Whether the kernel killed for want of memory: its count for our memory group, and its log where that may be read.
#pragma once

#include <sys/types.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

#include "run/watch/world.h"

namespace hlaunch {

class MemoryKills {
  public:
    explicit MemoryKills(World& world);

    // To be asked when a tree has ended badly: kills that nobody was told of yet. is_ours: whether that was a process
    // of the tree.
    [[nodiscard]] std::uint64_t take(const std::function<bool(pid_t)>& is_ours);
    // All that the group had counted when it was last asked.
    [[nodiscard]] std::uint64_t known() const { return std::max(counted_, seen_); }
    // To be called each second or so: what the group had counted at the call before this one, and nobody asked for, was
    // another process than a tree's root, and is not put down to one that is killed later.
    void forget_old();

  private:
    World& world_;
    std::uint64_t counted_, seen_;
    std::vector<pid_t> named_;  // by the kernel's log, and of no tree so far
};

}  // namespace hlaunch
