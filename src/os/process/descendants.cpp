#include "os/process/descendants.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <filesystem>
#include <map>
#include <string>
#include <system_error>
#include <utility>

#include "os/files/file.h"
#include "os/io/unique_fd.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

std::string children_file(const fs::path& task) {
    return (task / "children").native();
}

// Of all its threads: each has its own. Whoever ends while we read may hide another; who asks looks again.
std::vector<pid_t> children_of(pid_t parent) {
    std::vector<pid_t> result;
    std::error_code failed;
    const auto tasks = fs::path("/proc") / std::to_string(parent) / "task";
    for (fs::directory_iterator task(tasks, failed), end; !failed && task != end; task.increment(failed)) {
        const auto text = try_read_text(children_file(task->path())).value_or("");
        const char* at = text.data();
        const char* const last = at + text.size();
        for (pid_t pid = 0; at < last; ++at) {
            const auto [next, error] = std::from_chars(at, last, pid);
            if (error != std::errc()) break;
            result.push_back(pid);
            at = next;
        }
    }
    return result;
}

bool is_in(const Below& below, const ProcessInfo& process) {
    const bool child = process.ppid == below.ancestor;
    return !below.spared.contains(process.pid) && !(child && process.start_ticks < below.since_ticks);
}

}  // namespace

std::vector<ProcessInfo> descendants(const Below& below) {
    static const bool listed = ::access(children_file("/proc/thread-self").c_str(), R_OK) == 0;
    if (!listed) return descendants(below, all_processes());
    std::vector<ProcessInfo> result;
    std::set<pid_t> seen{below.ancestor};
    for (std::vector<pid_t> parents{below.ancestor}; !parents.empty();) {
        const pid_t parent = parents.back();
        parents.pop_back();
        for (const pid_t child : children_of(parent)) {
            if (!seen.insert(child).second) continue;
            auto info = read_process(child);
            if (!info || !is_in(below, *info)) continue;
            result.push_back(std::move(*info));
            parents.push_back(child);
        }
    }
    return result;
}

std::vector<ProcessInfo> descendants(const Below& below, const std::vector<ProcessInfo>& all) {
    std::multimap<pid_t, const ProcessInfo*> by_parent;
    for (const auto& process : all)
        if (is_in(below, process)) by_parent.emplace(process.ppid, &process);
    std::vector<ProcessInfo> result;
    // A pid twice in the list (reused while /proc was read) or its own parent would lead us round in circles.
    std::set<pid_t> seen{below.ancestor};
    for (std::vector<pid_t> parents{below.ancestor}; !parents.empty();) {
        const auto [first, last] = by_parent.equal_range(parents.back());
        parents.pop_back();
        for (auto at = first; at != last; ++at) {
            if (!seen.insert(at->second->pid).second) continue;
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
    std::set<std::pair<pid_t, std::uint64_t>> seen;
    std::vector<ProcessInfo> members;
    bool grown = true;
    for (int look = 0; look < max_looks && grown; ++look) {
        grown = false;
        members = list();
        // A signal that is pending already makes fork fail: who was sent SIGSTOP has no new children. One that has
        // ended since the last look may have started another before.
        for (const auto& member : members)
            if (seen.insert({member.pid, member.start_ticks}).second) {
                grown = true;
                if (!member.dead()) (void)signal_process(member, SIGSTOP);
            }
        std::erase_if(members, [](const ProcessInfo& info) { return info.dead(); });
    }
    for (const auto& member : members) (void)signal_process(member, SIGKILL);
    return static_cast<unsigned>(members.size());
}

}  // namespace hlaunch
