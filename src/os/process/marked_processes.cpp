#include "os/process/marked_processes.h"

#include <unistd.h>

#include <algorithm>
#include <set>

#include "base/clock.h"
#include "os/process/descendants.h"
#include "os/process/process_info.h"

namespace hlaunch {
namespace {

constexpr auto leftover_patience = std::chrono::seconds(5);

std::set<pid_t> ourselves_and_above() {
    std::set<pid_t> out;
    for (auto info = read_process(::getpid()); info && info->pid > 1; info = read_process(info->ppid))
        if (!out.insert(info->pid).second) break;
    return out;
}

}  // namespace

unsigned kill_marked(const std::string& marker) {
    const auto spared = ourselves_and_above();
    std::set<pid_t> found;
    const auto marked = [&] {
        auto all = all_processes();
        std::erase_if(all, [&](const ProcessInfo& info) {
            return info.dead() || spared.contains(info.pid) || !has_variable(info.pid, marker);
        });
        for (const auto& info : all) found.insert(info.pid);
        return all;
    };
    // Killed is not yet ended: what is written meanwhile would be into what the next start begins.
    SystemClock clock;
    const auto deadline = clock.now() + leftover_patience;
    while (kill_all(marked) > 0 && clock.now() < deadline) clock.sleep(std::chrono::milliseconds(5));
    return static_cast<unsigned>(found.size());
}

}  // namespace hlaunch
