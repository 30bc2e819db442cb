// Who holds a run folder, as its lock file says, and whether that can still be true. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "os/files/file.h"
#include "run/journal/run_owner.h"

namespace hlaunch {

// One JSON line in journal.jsonl.lock.
struct LockOwner {
    RunOwner process;
    std::string since;  // UTC
    std::string nonce;  // no two are alike
    [[nodiscard]] std::string line() const;
};
// Nothing for a text that no hlaunch wrote whole.
[[nodiscard]] std::optional<LockOwner> parse_lock_owner(std::string_view text);

enum class LockState {
    held,
    free,     // its owner is gone
    unknown,  // on another host, and nothing tells whether it lives
};

// What can be found out from here about the owner.
struct OwnerSigns {
    RunOwner here;                                    // this process, and the folder where it is now
    bool process_exists = false;                      // a process of its pid, here
    std::optional<std::uint64_t> start_ticks;         // of that process; nothing when it cannot be read
    std::optional<double> heartbeat_age_s;            // by the file system's clock
    AppendFile::Lock flock = AppendFile::Lock::none;  // what flock() says of the journal; none: not asked
};

// The owner touches its lock about each 10 s.
inline constexpr double heartbeat_limit_s = 60.0;

// Same kernel and numbering of processes: its process tells, unless flock is ours and the folder is a copy of its own.
// Same kernel only (another container): the kernel's flock. Else the heartbeat, also after another boot of a host of
// the same name, which may be another host; a flock held by somebody is a sign of life, too.
[[nodiscard]] LockState judge(const std::optional<LockOwner>& owner, const OwnerSigns& signs);

}  // namespace hlaunch
