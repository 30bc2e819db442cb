// Runs the instances of one stage, each in its own session on its placement, one at a time a placement, until all have
// ended or a signal asks to stop: a Supervisor over a list that is known from the start, watched in full.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "os/reaper/launcher.h"
#include "run/journal/journal_sink.h"
#include "run/progress/progress_display.h"
#include "run/progress/run_feed.h"
#include "run/stage/watched_instance.h"
#include "run/states/interruption.h"
#include "run/states/outcome.h"
#include "run/supervisor/supervisor.h"

namespace hlaunch {

struct InstanceResult : TaskEnd {  // of the last attempt
    unsigned part = 0;
};

struct StageResult : Supervisor::Result {
    std::vector<InstanceResult> instances;  // in the order of ending
    [[nodiscard]] bool all_ok() const;
};

// Thrown by who cannot go on after StageResult::interruption.
struct Interrupted {
    int signal = 0;
};

class StageRunner {
  public:
    // journal may be null (a command without a run folder), feed too.
    StageRunner(Clock& clock, Launcher& launcher, JournalSink* journal, ProgressDisplay& display, Deadline& deadline,
                RunRules rules, RunFeed* feed = nullptr, World& world = real_world())
        : tools_{clock, launcher, journal, display, deadline, world}, rules_(std::move(rules)), feed_(feed) {}

    // slots: of the placements that take those instances that go anywhere, a binding each; the first in the list is
    // started first.
    [[nodiscard]] StageResult run(const std::string& stage, std::vector<StageInstance> instances,
                                  std::vector<Binding> slots = {});

  private:
    RunTools tools_;
    RunRules rules_;
    RunFeed* feed_;
};

}  // namespace hlaunch
