// Runs many short commands over the placements: the same states, launcher and journal as a stage, but tasks come from a
// file as they are needed, so that memory does not grow with their number.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "os/files/recycled_file.h"
#include "os/reaper/launcher.h"
#include "os/spawn/child_events.h"
#include "run/journal/journal_file.h"
#include "run/progress/progress_display.h"
#include "run/progress/run_feed.h"
#include "run/stage/shared_signal.h"
#include "run/stage/stage_runner.h"
#include "run/states/guards.h"
#include "run/states/interruption.h"
#include "run/states/task_states.h"
#include "run/watch/disk_watch.h"
#include "run/watch/memory_kills.h"
#include "run/watch/memory_watch.h"

namespace hlaunch {

struct QueueItem {
    std::uint64_t number = 0;  // of its record
    std::uint64_t key = 0;
    ChildSpec spec;  // but for the binding: that is the slot's
};

struct QueueFailure {
    std::uint64_t number = 0;
    Outcome outcome = Outcome::crashed;
    std::string text;  // "exit code 3", or why it could not be started
};

struct QueueResult {
    std::uint64_t done = 0, failed = 0;
    std::vector<QueueFailure> failures;  // the first few, by number
    Interruption interruption;
    bool disk_full = false;  // what ran was stopped for it
};

class QueueRunner {
  public:
    // The next task; nothing: none now, and with idle (no task runs or waits) none ever. Then it may wait for those
    // that another rank leaves.
    using Source = std::function<std::optional<QueueItem>(bool idle)>;

    // journal may be null (no run folder), feed too.
    QueueRunner(Clock& clock, Launcher& launcher, JournalFile* journal, ProgressDisplay& display, Deadline& deadline,
                RunRules rules, RunFeed* feed = nullptr)
        : clock_(clock),
          launcher_(launcher),
          journal_(journal),
          display_(display),
          deadline_(deadline),
          rules_(std::move(rules)),
          feed_(feed),
          tell_end_(),
          disk_(rules_.disk_path) {}

    // Of each that is over, also of those that were stopped.
    using OnEnd = std::function<void(const QueueItem& item, Outcome outcome, double seconds)>;
    void on_end(OnEnd tell) { tell_end_ = std::move(tell); }

    // slots: a binding each. total: for progress.
    [[nodiscard]] QueueResult run(const std::vector<Binding>& slots, std::uint64_t total, const Source& source);

  private:
    struct Waiting {
        QueueItem item;
        Clock::Time started{};
        std::uint64_t receipt = 0;  // of this try
        pid_t pid = -1;             // of its root, once it runs
        std::optional<StuckWatch> stuck;
    };
    void fill(const Source& source);
    [[nodiscard]] bool find_more(const Source& source);
    void act(const std::vector<Binding>& slots);
    void on_tree_event(const TreeEvent& event);
    void leave_slot(unsigned task, const TreeEvent& event);  // where the task could not be started without its fault
    void write_events();
    void remember_duration(double seconds);
    [[nodiscard]] std::optional<Clock::Duration> typical_duration() const;
    void on_signals(const std::vector<int>& signals);
    void look(std::uint64_t total);  // each second
    void look_for_stuck();
    [[nodiscard]] std::string label(unsigned task) const { return fmt::format("task {}", items_.at(task).item.number); }

    Clock& clock_;
    Launcher& launcher_;
    JournalFile* journal_;
    ProgressDisplay& display_;
    Deadline& deadline_;
    RunRules rules_;
    RunFeed* feed_;
    OnEnd tell_end_;
    DiskWatch disk_;
    SharedSignal shared_signal_;
    MemoryKills memory_kills_;
    MemoryWatch memory_;
    std::optional<TaskStates> states_;
    std::unordered_map<unsigned, Waiting> items_;   // by task
    std::vector<std::optional<unsigned>> running_;  // by slot
    struct SpareLogs {
        RecycledFile out, err;
    };
    std::vector<SpareLogs> spare_logs_;   // by slot
    std::vector<nlohmann::json> events_;  // to be written before the next start
    std::vector<double> recent_seconds_;  // of the last tasks that ended by themselves
    std::size_t ended_ = 0;
    std::size_t window_ = 0;
    bool exhausted_ = false;
    Clock::Time began_{}, looked_{}, next_stuck_look_{};
    double cpu_seconds_ = 0.0, cpu_seconds_looked_ = 0.0;  // of tasks that have ended
    QueueResult result_;
};

}  // namespace hlaunch
