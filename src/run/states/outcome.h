// How an instance ended, told apart by what is known of the end; and what may be tried again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "os/spawn/child.h"

namespace hlaunch {

enum class Outcome {
    done,
    bad_config,     // the application refused its input
    crashed,        // a signal of its own making, or an exit code that says nothing
    out_of_memory,  // the kernel's choice, or the memory guard's
    time_limit,     // ours
    killed,         // SIGKILL or SIGTERM that we did not send
    diverged,       // the application ended well, its result is none
    not_converged,
    outputs_missing,  // exit code 0, but not what it should have left
    disk_full,
    binding_refused,
    start_failed,  // no process came of it
    lost,          // whoever held it died, or it left no status
    stopped        // the user, or the scheduler
};
inline constexpr int outcomes = static_cast<int>(Outcome::stopped) + 1;

[[nodiscard]] std::string_view to_string(Outcome outcome);                  // "out-of-memory"
[[nodiscard]] std::optional<Outcome> parse_outcome(std::string_view name);  // by that name
[[nodiscard]] std::string_view remedy_of(Outcome outcome);                  // what to do next, without a full stop

enum class StopReason { none, user, time_limit, memory, disk, deadline };

// What is known when a tree has ended.
struct EndFacts {
    ExitStatus status;
    StopReason stopped = StopReason::none;  // asked for by us
    bool start_failed = false, lost = false;
    std::string why;              // of a failed start, else the last words of its log
    std::uint64_t oom_kills = 0;  // while it ran: of our memory group, or of the tree by the kernel's log
    std::uint64_t peak_resident_bytes = 0, memory_bytes = 0;  // its own, and its placement's (0: unknown)
    std::uint64_t free_disk_bytes = ~0ULL;
};

// SIGKILL from outside is out of memory where the kernel counted such a kill while the instance ran, or where its own
// memory had come to 9/10 of its placement's. What the application says of itself (a bad config, a divergence) comes
// from who knows it: StageInstance::judge.
[[nodiscard]] Outcome classify(const EndFacts& facts);

}  // namespace hlaunch
