#include "run/states/guards.h"

#include <utility>

namespace hlaunch {

MemoryAdvice MemoryGuard::advise(std::uint64_t available_bytes, std::uint64_t total_bytes, std::size_t running) {
    if (total_bytes == 0) return MemoryAdvice::go_on;
    if (available_bytes < total_bytes / 33) {
        holding_ = true;
        if (running > 1) return MemoryAdvice::stop_newest;
    }
    if (available_bytes < total_bytes / 10) holding_ = true;
    if (available_bytes > total_bytes / 8) holding_ = false;
    // With nothing running nothing will free it: go on rather than wait for ever.
    return holding_ && running > 0 ? MemoryAdvice::start_no_more : MemoryAdvice::go_on;
}

DiskAdvice advise_disk(std::uint64_t free_bytes, std::optional<std::uint64_t> free_inodes) {
    if (free_bytes < disk_full_bytes || (free_inodes && *free_inodes < inodes_full)) return DiskAdvice::stop_all;
    if (free_bytes < disk_low_bytes || (free_inodes && *free_inodes < inodes_low)) return DiskAdvice::start_no_more;
    return DiskAdvice::go_on;
}

bool StuckWatch::look(Clock::Time now, double cpu_seconds, std::uint64_t output_bytes) {
    const double idle_seconds = stuck_cpu_share * std::chrono::duration<double>(patience_).count();
    const bool moved = !since_ || cpu_seconds >= cpu_seconds_ + idle_seconds || output_bytes < output_bytes_ ||
                       output_bytes >= output_bytes_ + stuck_output_bytes;
    if (!moved && now - *since_ < patience_) return false;
    since_ = now;
    cpu_seconds_ = cpu_seconds;
    output_bytes_ = output_bytes;
    return !std::exchange(told_, !moved) && !moved;
}

}  // namespace hlaunch
