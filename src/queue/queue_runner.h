// Runs many short commands over the placements: a Supervisor over a stream, of which a window is read as it is needed,
// so that memory does not grow with the number of tasks.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "os/reaper/launcher.h"
#include "run/journal/journal_sink.h"
#include "run/progress/progress_display.h"
#include "run/progress/run_feed.h"
#include "run/states/outcome.h"
#include "run/supervisor/supervisor.h"

namespace hlaunch {

struct QueueItem {
    std::uint64_t number = 0;  // of its record
    std::uint64_t key = 0;
    ChildSpec spec;  // but for the binding: that is the slot's
};

struct QueueSlot {
    Binding binding;
    std::uint64_t memory_bytes = 0;  // 0: unknown
};

struct QueueFailure {
    std::uint64_t number = 0;
    Outcome outcome = Outcome::crashed;
    std::string text;  // "exit code 3", or why it could not be started
};

struct QueueResult : Supervisor::Result {
    std::uint64_t done = 0, failed = 0;
    std::vector<QueueFailure> failures;  // the first few, by number
};

class QueueRunner {
  public:
    // The next task; nothing: none now, and with idle (no task runs or waits) none ever. Then it may wait for those
    // that another rank leaves.
    using Source = std::function<std::optional<QueueItem>(bool idle)>;
    // Of each that is over, also of those that were stopped.
    using OnEnd = std::function<void(const QueueItem& item, Outcome outcome, double seconds)>;

    // journal may be null (no run folder), feed too.
    QueueRunner(Clock& clock, Launcher& launcher, JournalSink* journal, ProgressDisplay& display, Deadline& deadline,
                RunRules rules, RunFeed* feed = nullptr, World& world = real_world())
        : tools_{clock, launcher, journal, display, deadline, world}, rules_(std::move(rules)), feed_(feed) {}

    void on_end(OnEnd tell) { tell_end_ = std::move(tell); }

    // total: for progress.
    [[nodiscard]] QueueResult run(const std::vector<QueueSlot>& slots, std::uint64_t total, const Source& source);

  private:
    RunTools tools_;
    RunRules rules_;
    RunFeed* feed_;
    OnEnd tell_end_;
};

}  // namespace hlaunch
