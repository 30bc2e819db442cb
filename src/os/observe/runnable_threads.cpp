#include "os/observe/runnable_threads.h"

#include <ctime>
#include <filesystem>
#include <system_error>

#include "os/files/file.h"
#include "os/observe/thread_stat.h"

namespace hlaunch {
namespace {

double thread_cpu_seconds() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

unsigned count_runnable(pid_t pid) {
    unsigned count = 0;
    std::error_code error;
    const auto tasks = std::filesystem::path("/proc") / std::to_string(pid) / "task";
    for (std::filesystem::directory_iterator entry(tasks, error), end; !error && entry != end; entry.increment(error)) {
        const auto stat = try_read_text(entry->path() / "stat");
        if (stat && parse_thread_state(*stat) == 'R') ++count;
    }
    return count;
}

}  // namespace

RunnableThreads count_runnable_threads(std::span<const ProcessInfo> processes) {
    const double before = thread_cpu_seconds();
    RunnableThreads out;
    for (const auto& process : processes) {
        if (process.dead()) continue;
        // The state of a process is that of its first thread.
        if (process.threads == 1)
            out.count += process.state == 'R' ? 1 : 0;
        else
            out.count += count_runnable(process.pid);
    }
    out.cost_s = thread_cpu_seconds() - before;
    return out;
}

}  // namespace hlaunch
