// What is seen of one tree from the moment it runs.
#pragma once

#include <sys/types.h>

#include <optional>

#include "base/clock.h"
#include "run/watch/world.h"

namespace hlaunch {

struct TaskEnd;

class Watch {
  public:
    virtual ~Watch() = default;
    // Each second: CPU seconds of the tree so far; nothing: it was not looked at.
    [[nodiscard]] virtual std::optional<double> look(World& world, Clock::Time now) = 0;
    [[nodiscard]] virtual bool had(pid_t) const { return false; }  // whether it was ever seen in the tree
    virtual void complete(TaskEnd&, Clock::Time) {}                // after the end, by what was seen
};

// For the short: rarely, and only at what has run for a while.
class LightWatch final : public Watch {
  public:
    LightWatch(pid_t root, Clock::Time now) : root_(root), next_(now + std::chrono::seconds(30)) {}
    [[nodiscard]] std::optional<double> look(World& world, Clock::Time now) override {
        if (now < next_) return std::nullopt;
        next_ = now + std::chrono::seconds(10);
        return world.cpu_seconds_below(root_);
    }

  private:
    pid_t root_;
    Clock::Time next_;
};

}  // namespace hlaunch
