// Judgements about what runs: is memory short, is the disk full, does an instance do nothing. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace hlaunch {

enum class MemoryAdvice { go_on, start_no_more, stop_newest };

// Below 1/10 of the memory nothing more is started; below 1/33 the newest is stopped, before the kernel makes a choice
// of its own, if more than one runs: a lone one may as well try. Held starts go on above 1/8.
class MemoryGuard {
  public:
    [[nodiscard]] MemoryAdvice advise(std::uint64_t available_bytes, std::uint64_t total_bytes, std::size_t running);

  private:
    bool holding_ = false;
};

enum class DiskAdvice { go_on, start_no_more, stop_all };

// Logs and draws of what runs need some room to end well.
inline constexpr std::uint64_t disk_low_bytes = 64U << 20U, disk_full_bytes = 8U << 20U;
inline constexpr std::uint64_t inodes_low = 256, inodes_full = 16;
[[nodiscard]] DiskAdvice advise_disk(std::uint64_t free_bytes, std::optional<std::uint64_t> free_inodes);

// Hardly any CPU time and output for a while: told once, until it moves again. Not none: threads that wait wake to look
// at a clock, and may log a line each time.
inline constexpr double stuck_cpu_share = 0.01;  // of one CPU
inline constexpr std::uint64_t stuck_output_bytes = 4096;
class StuckWatch {
  public:
    explicit StuckWatch(Clock::Duration patience) : patience_(patience) {}
    // True at the moment it is found stuck.
    [[nodiscard]] bool look(Clock::Time now, double cpu_seconds, std::uint64_t output_bytes);

  private:
    Clock::Duration patience_;
    std::optional<Clock::Time> since_;
    double cpu_seconds_ = 0.0;
    std::uint64_t output_bytes_ = 0;
    bool told_ = false;
};

}  // namespace hlaunch
