// Looks after the file system of a run folder, each few seconds.
#pragma once

#include <string>

#include "base/clock.h"
#include "run/states/task_states.h"
#include "run/watch/world.h"

namespace hlaunch {

class DiskWatch {
  public:
    // path: empty: nothing is looked after.
    DiskWatch(World& world, std::string path) : world_(world), path_(std::move(path)) {}

    // Holds all slots while little room is left and stops everything when none is, or when nothing runs that could
    // make any. Returns what is to be told, mostly nothing.
    [[nodiscard]] std::string look(Clock::Time now, TaskStates& states);
    [[nodiscard]] bool held() const { return held_; }

  private:
    World& world_;
    std::string path_;
    bool held_ = false;
    Clock::Time next_{};
};

}  // namespace hlaunch
