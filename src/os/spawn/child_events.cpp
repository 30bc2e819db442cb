#include "os/spawn/child_events.h"

#include <poll.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace hlaunch {

ChildEvents::ChildEvents() {
    sigset_t mine;
    ::sigemptyset(&mine);
    for (const int signal : {SIGINT, SIGTERM, SIGCHLD}) ::sigaddset(&mine, signal);
    // Linux queues a blocked signal even when it is ignored: an ignored SIGHUP must not be blocked
    // at all.
    struct sigaction hangup {};
    ::sigaction(SIGHUP, nullptr, &hangup);
    if (hangup.sa_handler != SIG_IGN) ::sigaddset(&mine, SIGHUP);
    // Asked for by people (Ctrl-\\) and by schedulers ahead of a limit: stop in order, do not leave orphans.
    for (const int number : {SIGQUIT, SIGUSR1, SIGUSR2, SIGXCPU}) ::sigaddset(&mine, number);
    // With SIGCHLD ignored by whoever started us, the kernel would reap our children and lose their
    // status.
    struct sigaction by_default {};
    by_default.sa_handler = SIG_DFL;
    ::sigaction(SIGCHLD, &by_default, &old_child_action_);
    signals_.reset(::signalfd(-1, &mine, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals_) throw infrastructure_error("making a signalfd failed: {}", std::strerror(errno));
    ::pthread_sigmask(SIG_BLOCK, &mine, &old_mask_);
}

ChildEvents::~ChildEvents() {
    // What was not read would otherwise end us the moment the mask falls; it was asked for, but we
    // are already leaving and the exit code should be ours.
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    }
    ::sigaction(SIGCHLD, &old_child_action_, nullptr);
    ::pthread_sigmask(SIG_SETMASK, &old_mask_, nullptr);
}

EventSource::Events ChildEvents::wait(std::span<const int> watched, std::optional<Clock::Duration> timeout) {
    std::vector<pollfd> polls;
    polls.reserve(watched.size() + 1);
    polls.push_back({signals_.get(), POLLIN, 0});
    for (const int fd : watched) polls.push_back({fd, POLLIN, 0});
    timespec limit{};
    if (timeout) {
        using namespace std::chrono;
        const auto left = std::max(*timeout, Clock::Duration::zero());
        const auto whole = duration_cast<seconds>(left);
        limit.tv_sec = static_cast<time_t>(whole.count());
        limit.tv_nsec = static_cast<long>(duration_cast<nanoseconds>(left - whole).count());
    }
    Events events;
    const int count = ::ppoll(polls.data(), polls.size(), timeout ? &limit : nullptr, nullptr);
    if (count < 0 && errno != EINTR)
        throw infrastructure_error("waiting for children failed: {}", std::strerror(errno));
    if (count <= 0) return events;
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info))
        events.signals.push_back(static_cast<int>(info.ssi_signo));
    for (std::size_t i = 0; i < watched.size(); ++i)
        if (polls[i + 1].revents != 0) events.ready.push_back(i);
    return events;
}

}  // namespace hlaunch
