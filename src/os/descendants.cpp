#include "os/descendants.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <map>
#include <utility>

#include "os/unique_fd.h"

namespace hlaunch {

std::vector<ProcessInfo> descendants_of(pid_t ancestor, const std::vector<ProcessInfo>& all,
                                        const std::set<pid_t>& spared) {
    std::multimap<pid_t, const ProcessInfo*> by_parent;
    for (const auto& process : all)
        // A pid twice in the list (reused while /proc was read) or its own parent would lead us round in circles.
        if (process.pid != process.ppid && process.pid != ancestor && !spared.contains(process.pid))
            by_parent.emplace(process.ppid, &process);
    std::vector<ProcessInfo> result;
    std::set<pid_t> expanded;
    std::vector<pid_t> parents{ancestor};
    while (!parents.empty()) {
        const pid_t parent = parents.back();
        parents.pop_back();
        if (!expanded.insert(parent).second) continue;
        const auto [first, last] = by_parent.equal_range(parent);
        for (auto at = first; at != last; ++at) {
            result.push_back(*at->second);
            parents.push_back(at->second->pid);
        }
    }
    return result;
}

bool signal_process(const ProcessInfo& process, int signal_number) {
    // The pidfd holds on to whoever has the pid now; only then is the start time compared.
    const UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0)));
    if (!pidfd) return false;
    const auto now = read_process(process.pid);
    if (!now || now->start_ticks != process.start_ticks) return false;
    return ::syscall(SYS_pidfd_send_signal, pidfd.get(), signal_number, nullptr, 0) == 0;
}

unsigned kill_all(const std::function<std::vector<ProcessInfo>()>& list) {
    constexpr int max_looks = 50;
    std::set<std::pair<pid_t, std::uint64_t>> stopped;
    std::vector<ProcessInfo> members;
    bool grown = true;
    for (int look = 0; look < max_looks && grown; ++look) {
        grown = false;
        members = list();
        std::erase_if(members, [](const ProcessInfo& info) { return info.dead(); });
        // A signal that is pending already makes fork fail: who was sent SIGSTOP has no new children.
        for (const auto& member : members)
            if (stopped.insert({member.pid, member.start_ticks}).second) {
                grown = true;
                (void)signal_process(member, SIGSTOP);
            }
    }
    for (const auto& member : members) (void)signal_process(member, SIGKILL);
    return static_cast<unsigned>(members.size());
}

}  // namespace hlaunch
