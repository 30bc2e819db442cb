// What a supervisor waits for: its own signals, the end of children, a deadline; behind an interface, so that tests
// need neither.
#pragma once

#include <csignal>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "os/io/unique_fd.h"

namespace hlaunch {

class EventSource {
  public:
    virtual ~EventSource() = default;

    struct Events {
        std::vector<int> signals;        // in the order of arrival; SIGCHLD too (an adopted orphan ended)
        std::vector<std::size_t> ready;  // indices into the watched descriptors (pidfds: that child has ended)
    };
    // Sleeps until something happens or the timeout (none: for ever) is over; then both lists are
    // empty.
    [[nodiscard]] virtual Events wait(std::span<const int> watched, std::optional<Clock::Duration> timeout) = 0;
};

class ChildEvents final : public EventSource {
  public:
    // Blocks SIGINT, SIGTERM, SIGHUP and SIGCHLD in this thread and reads them from a descriptor
    // from now on; make it before any other thread, which then inherits the mask. A SIGHUP that was
    // ignored (nohup) stays ignored; a SIGINT ignored by a script's "&" is heard all the same,
    // since the workers must be ended with us. The destructor restores mask and dispositions.
    ChildEvents();
    ~ChildEvents() override;
    ChildEvents(const ChildEvents&) = delete;
    ChildEvents& operator=(const ChildEvents&) = delete;

    [[nodiscard]] Events wait(std::span<const int> watched, std::optional<Clock::Duration> timeout) override;

  private:
    sigset_t old_mask_{};
    struct sigaction old_child_action_ {};
    UniqueFd signals_;
};

}  // namespace hlaunch
