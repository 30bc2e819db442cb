// Whether the kernel killed for want of memory: its count for our memory group, and its log where that may be read.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>

namespace hlaunch {

class MemoryKills {
  public:
    MemoryKills();

    // To be asked when a tree's root has ended by SIGKILL: kills that nobody was told of yet. is_ours: whether that was
    // a process of the tree.
    [[nodiscard]] std::uint64_t take(const std::function<bool(pid_t)>& is_ours);
    // All that the group has counted so far; 0 where it does not tell.
    [[nodiscard]] static std::uint64_t in_group();
    // To be called each second or so: what the group had counted at the call before this one, and nobody asked for, was
    // another process than a tree's root, and is not put down to one that is killed later.
    void forget_old();

  private:
    std::uint64_t counted_, seen_, log_time_us_;
};

}  // namespace hlaunch
