// A process of anybody's, held so that a later one with the same pid is never meant.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "os/io/unique_fd.h"

namespace hlaunch {

class ProcessHandle {
  public:
    // Nothing where it has ended. start_ticks: as in ProcessInfo; 0: whatever has that pid now. Throws infrastructure
    // where pidfds cannot be had.
    [[nodiscard]] static std::optional<ProcessHandle> open(pid_t pid, std::uint64_t start_ticks);

    // False where it has ended; throws infrastructure where it may not be signalled.
    bool signal(int number) const;
    // Whether it has ended by then.
    [[nodiscard]] bool wait_for_end(Clock::Duration limit) const;

  private:
    ProcessHandle(pid_t pid, UniqueFd fd) : pid_(pid), fd_(std::move(fd)) {}
    pid_t pid_;
    UniqueFd fd_;
};

}  // namespace hlaunch
