// What a supervisor works on: a list whose tasks are all known at the start, or a stream of which a window is read; how
// each is started, and how its end is told.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "os/reaper/launcher.h"
#include "run/journal/events.h"
#include "run/states/outcome.h"
#include "run/states/task_states.h"
#include "run/supervisor/watch.h"

namespace hlaunch {

// Of one try.
struct TaskEnd {
    unsigned task = 0, slot = 0;
    Outcome outcome = Outcome::done;
    ExitStatus status;
    unsigned attempts = 1;
    double seconds = 0.0, cpu_seconds = 0.0;
    std::uint64_t peak_resident_bytes = 0;
    std::string start_failure;                 // why it could not be started at all
    std::vector<std::string> broken_promises;  // of its proof.json
    std::uint64_t receipt = 0;
    unsigned shared_memory_removed = 0;
    bool lost = false;   // whoever held the tree died
    bool again = false;  // the task waits for another try
    bool moved = false;  // as its slot can start nothing any more: this try does not count
};

struct TaskWords {
    std::string_view slot;  // "placement"
    std::string_view left;  // "takes no more work, the others do it"
};

class TaskSource {
  public:
    virtual ~TaskSource() = default;
    // Adds tasks that there is room for. Called at the start and in each round. idle: no task runs or waits; then it
    // may wait for those that another rank leaves, and if none is added now none ever will.
    virtual void refill(TaskStates& states, bool idle) = 0;

    // How it is started in that slot; grace and receipt are the supervisor's.
    [[nodiscard]] virtual TreeSpec place(unsigned task, unsigned slot) = 0;
    // Of a tree that runs now; null: nothing is looked at.
    [[nodiscard]] virtual std::unique_ptr<Watch> watch(unsigned task, const TreeEvent& started, Clock::Time now) = 0;
    // What only the application's side knows of an end.
    [[nodiscard]] virtual Outcome judge(unsigned, Outcome outcome, const ExitStatus&) { return outcome; }
    [[nodiscard]] virtual std::uint64_t memory_bytes(unsigned task, unsigned slot) const = 0;  // it may use; 0: unknown
    // What one takes of those that have no expectation of their own.
    [[nodiscard]] virtual std::optional<Clock::Duration> typical() const { return std::nullopt; }

    // So many and so short that they do not wait until their events are on disk.
    [[nodiscard]] virtual bool hurried() const = 0;
    [[nodiscard]] virtual events::Start start_event(unsigned task, unsigned attempt, std::uint64_t receipt) const = 0;
    [[nodiscard]] virtual events::End end_event(const TaskEnd& end) const = 0;

    [[nodiscard]] virtual TaskWords words() const = 0;
    [[nodiscard]] virtual std::string label(unsigned task) const = 0;
    // Its watch is still there; a task that is not tried again is forgotten after this.
    virtual void ended(TaskEnd end) = 0;
    enum class Moment { change, second, last };
    virtual void show(Moment moment) = 0;  // for people and other programs
};

}  // namespace hlaunch
