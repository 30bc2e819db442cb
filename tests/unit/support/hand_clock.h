// A clock that goes on only where somebody sleeps.
#pragma once

#include "base/clock.h"

class HandClock final : public hlaunch::Clock {
  public:
    [[nodiscard]] Time now() const override { return time; }
    [[nodiscard]] std::chrono::system_clock::time_point wall() const override { return {}; }
    void sleep(Duration duration) override { time += duration; }
    Time time{};
};
