// All processes below one, found by parents alone: below a subreaper that is exact, since its orphans stay its own,
// whatever session, name or environment they gave themselves.
#pragma once

#include <functional>
#include <set>
#include <vector>

#include "os/process/process_info.h"

namespace hlaunch {

struct Below {
    pid_t ancestor = 0;
    std::set<pid_t> spared;         // left out with all that is below them
    std::uint64_t since_ticks = 0;  // children that began before are left out, too
};

// In no order, zombies too. The first reads only what it finds, where the kernel lists children (all but stripped-down
// ones do): that is fast enough to catch a process that lives for a millisecond. The second is pure.
[[nodiscard]] std::vector<ProcessInfo> descendants(const Below& below);
[[nodiscard]] std::vector<ProcessInfo> descendants(const Below& below, const std::vector<ProcessInfo>& all);

// Never hits another process that was given the pid since it was listed. False: it is gone, or not ours to signal.
bool signal_process(const ProcessInfo& process, int signal_number);

// SIGKILL to all that `list` finds, which is asked again and again: they are stopped first, until nobody new appears,
// since of processes that fork as fast as they are killed some would always be missed. Bounded; returns how many lived
// at the last look. Whoever is their parent must reap them.
unsigned kill_all(const std::function<std::vector<ProcessInfo>()>& list);

}  // namespace hlaunch
