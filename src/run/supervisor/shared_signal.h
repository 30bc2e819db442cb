// A scheduler that ends a job signals all of its processes, one after the other: an instance may have died of it before
// we hear of ours. Then it was stopped, and has not failed.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "os/reaper/launcher.h"
#include "os/spawn/child_events.h"

namespace hlaunch {

class SharedSignal {
  public:
    // How long to wait for our own signal before these ends are judged; nothing: not at all. Not more often than each
    // 10 s, for tasks that end that way by themselves.
    [[nodiscard]] std::optional<Clock::Duration> patience(std::span<const TreeEvent> events, Clock::Time now);
    // Before `told` is judged: waits where it may come of a signal to all, and hands over what was heard.
    void settle(std::span<const TreeEvent> told, EventSource& events, const Clock& clock,
                const std::function<void(const std::vector<int>&)>& on_signals);

  private:
    std::optional<Clock::Time> waited_;
};

}  // namespace hlaunch
