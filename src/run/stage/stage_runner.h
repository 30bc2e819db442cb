// Runs the instances of one stage, each in its own session on its placement, one at a time a placement, until all have
// ended or a signal asks to stop. What is to be done is decided by TaskStates; here it is done: started and ended
// through a Launcher, watched, journalled, cleaned up after.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "os/reaper/launcher.h"
#include "os/spawn/child_events.h"
#include "run/journal/journal_file.h"
#include "run/progress/progress_display.h"
#include "run/progress/run_feed.h"
#include "run/stage/shared_signal.h"
#include "run/stage/watched_instance.h"
#include "run/states/guards.h"
#include "run/states/interruption.h"
#include "run/states/outcome.h"
#include "run/states/task_states.h"
#include "run/watch/disk_watch.h"
#include "run/watch/memory_kills.h"
#include "run/watch/memory_watch.h"

namespace hlaunch {

struct InstanceResult {
    unsigned part = 0;
    Outcome outcome = Outcome::done;
    ExitStatus status;
    unsigned attempts = 1;
    double seconds = 0.0;  // of the last attempt, as the next four
    double cpu_seconds = 0.0;
    std::uint64_t peak_resident_bytes = 0;
    std::string start_failure;                 // why it could not be started at all
    std::vector<std::string> broken_promises;  // of its proof.json
};

struct StageResult {
    std::vector<InstanceResult> instances;  // in the order of ending
    Interruption interruption;
    bool disk_full = false;  // what ran was stopped for it, or nothing could be started
    unsigned survivors = 0;  // processes that not even SIGKILL ended
    [[nodiscard]] bool all_ok() const;
};

// Thrown by who cannot go on after StageResult::interruption.
struct Interrupted {
    int signal = 0;
};

struct RunRules {
    Grace grace;
    Retries retries;
    std::optional<Clock::Duration> instance_limit;
    Clock::Duration stuck_after = std::chrono::minutes(10);
    std::string disk_path;  // whose file system is looked after; empty: none
    std::string stop_file;  // asks for a stop by being there (another host's hlaunch stop); empty: none
};

class StageRunner {
  public:
    // journal may be null (a command without a run folder), feed too.
    StageRunner(Clock& clock, Launcher& launcher, JournalFile* journal, ProgressDisplay& display, Deadline& deadline,
                RunRules rules, RunFeed* feed = nullptr);
    StageRunner(const StageRunner&) = delete;
    StageRunner& operator=(const StageRunner&) = delete;
    ~StageRunner();

    // slots: of the placements that take those instances that go anywhere, a binding each; the first in the list is
    // started first.
    [[nodiscard]] StageResult run(const std::string& stage, std::vector<StageInstance> instances,
                                  std::vector<Binding> slots = {});

  private:
    struct Running;
    void loop(const ChildEvents& events);
    void act();
    void start(const TaskAction& action);
    void on_signals(std::vector<int> signals);
    void on_tree_event(const TreeEvent& event);
    void leave_slot(const TreeEvent& event);  // where what goes anywhere could not be started without its fault
    void look();                              // each second: usage, proof, progress
    void look_after_disk();
    void finish(unsigned slot, const TreeEvent& event);
    void record_end(const InstanceResult& result, const StageInstance& instance, const EndFacts& facts,
                    std::uint64_t receipt, bool again, unsigned shared_memory_removed);
    void tell_promises(const InstanceResult& result, const StageInstance& instance);
    void show(bool last);
    [[nodiscard]] std::optional<InstanceProgress> total(Clock::Time now) const;  // of many, as one line
    void feed_others(bool last);  // on every look, and when a task's state has changed

    Clock& clock_;
    Launcher& launcher_;
    JournalFile* journal_;
    ProgressDisplay& display_;
    Deadline& deadline_;
    RunRules rules_;
    RunFeed* feed_;
    std::string stage_;
    std::vector<StageInstance> instances_;  // by task
    std::vector<Binding> slots_;            // of those that go anywhere
    Clock::Time began_{};
    std::optional<TaskStates> states_;
    std::map<unsigned, std::unique_ptr<Running>> running_;  // by slot
    std::vector<InstanceProgress> ended_;
    MemoryWatch memory_;
    DiskWatch disk_;
    SharedSignal shared_signal_;
    MemoryKills memory_kills_;
    unsigned broken_ = 0;  // instances whose proof failed
    bool changed_ = false;
    StageResult result_;
};

}  // namespace hlaunch
