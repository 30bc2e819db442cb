// Signals that wait while nobody can answer them: between the stages of a run, or over a temporary folder.
#pragma once

#include <csignal>
#include <ctime>

namespace hlaunch {

// Blocks INT, TERM, HUP, USR1 and USR2 in this thread. One that comes waits for take(), or for a ChildEvents made while
// this lives. What is left at the end of the outermost one is dropped: the command ends by itself.
class BlockedSignals {
  public:
    BlockedSignals() {
        sigemptyset(&held_);
        for (const int number : {SIGINT, SIGTERM, SIGUSR1, SIGUSR2}) sigaddset(&held_, number);
        // Linux queues a blocked signal even when it is ignored (nohup).
        struct sigaction hangup {};
        sigaction(SIGHUP, nullptr, &hangup);
        if (hangup.sa_handler != SIG_IGN) sigaddset(&held_, SIGHUP);
        sigprocmask(SIG_BLOCK, &held_, &before_);
    }
    BlockedSignals(const BlockedSignals&) = delete;
    BlockedSignals& operator=(const BlockedSignals&) = delete;
    ~BlockedSignals() {
        const bool outermost = sigismember(&before_, SIGINT) == 0;
        while (outermost && take() > 0) {
        }
        sigprocmask(SIG_SETMASK, &before_, nullptr);
    }
    // The next that waits; not positive: none.
    [[nodiscard]] int take() const {
        const timespec now{};
        return sigtimedwait(&held_, nullptr, &now);
    }

  private:
    sigset_t held_{}, before_{};
};

}  // namespace hlaunch
