// When all of a run must be over: its own time limit, or what the scheduler's signal announced. One object for all
// stages.
#pragma once

#include <algorithm>
#include <optional>

#include "base/clock.h"

namespace hlaunch {

class Deadline {
  public:
    // lead: from the scheduler's SIGUSR1 or SIGUSR2 to the end of its allocation.
    explicit Deadline(Clock::Duration lead = std::chrono::seconds(120)) : lead_(lead) {}

    void limit(Clock::Time at) { at_ = at_ ? std::min(*at_, at) : at; }
    void announced(int signal_number, Clock::Time now) {
        if (announced_by_) return;  // the first counts: it is repeated, not postponed
        announced_by_ = signal_number;
        limit(now + lead_);
    }
    [[nodiscard]] std::optional<Clock::Time> at() const { return at_; }
    [[nodiscard]] std::optional<int> announced_by() const { return announced_by_; }

  private:
    Clock::Duration lead_;
    std::optional<Clock::Time> at_;
    std::optional<int> announced_by_;
};

}  // namespace hlaunch
