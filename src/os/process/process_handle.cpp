#include "os/process/process_handle.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "os/process/process_info.h"

namespace hlaunch {

std::optional<ProcessHandle> ProcessHandle::open(pid_t pid, std::uint64_t start_ticks) {
    UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!fd && (errno == ESRCH || errno == EINVAL)) return std::nullopt;
    if (!fd) throw infrastructure_error("cannot get hold of process {}: {}", pid, std::strerror(errno));
    // Looked at after the pidfd is there: from now on the pid cannot be another's unnoticed.
    const auto process = read_process(pid);
    if (!process || process->dead() || (start_ticks != 0 && process->start_ticks != start_ticks)) return std::nullopt;
    return ProcessHandle(pid, std::move(fd));
}

bool ProcessHandle::signal(int number) const {
    if (::syscall(SYS_pidfd_send_signal, fd_.get(), number, nullptr, 0) == 0) return true;
    if (errno == ESRCH) return false;
    throw infrastructure_error("cannot signal process {}: {}; only its owner and root may", pid_, std::strerror(errno));
}

bool ProcessHandle::wait_for_end(Clock::Duration limit) const {
    const auto until = std::chrono::steady_clock::now() + limit;
    for (;;) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
        pollfd one{fd_.get(), POLLIN, 0};
        if (::poll(&one, 1, left > 0 ? static_cast<int>(left) : 0) > 0) return true;
        if (left <= 0) return false;
    }
}

}  // namespace hlaunch
