// Which task runs where and when: a pure state machine. Events go in with the time, actions come out; no process, clock
// or file is known here.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "run/states/outcome.h"

namespace hlaunch {

enum class TaskState { waiting, starting, running, stopping, done, failed, lost };
[[nodiscard]] std::string_view to_string(TaskState state);

// How often a task is tried again after each outcome; beyond that it has failed.
class Retries {
  public:
    Retries();  // once after lost and out-of-memory, else never
    // "2": so often after lost, out-of-memory, killed and crashed. "lost=3,crashed=1": these only. Throws usage Error:
    // a bad config, a refused binding and a stop are never tried again.
    [[nodiscard]] static Retries parse(std::string_view text);
    [[nodiscard]] std::string text() const;  // the inverse
    bool operator==(const Retries&) const = default;
    [[nodiscard]] unsigned after(Outcome outcome) const { return after_[static_cast<std::size_t>(outcome)]; }

  private:
    std::array<unsigned, outcomes> after_{};
};

struct TaskRules {
    Retries retries;
    std::optional<Clock::Duration> task_limit;  // from its start to its stop
    Clock::Duration grace{};                    // a stop may take so long
};

struct TaskAction {
    enum class Kind { start, stop, kill };
    Kind kind = Kind::start;
    unsigned task = 0, slot = 0;
    unsigned attempt = 1;
    StopReason reason = StopReason::none;
};

// Tasks are numbered in the order they are added. Of a slot's tasks the first added is started first; one without a
// slot goes to whichever is free (longest first where the caller adds them so).
class TaskStates {
  public:
    struct Task {
        std::optional<unsigned> slot;
        std::optional<Clock::Duration> expected;  // of a run; unknown: the typical one
    };

    TaskStates(unsigned slots, TaskRules rules);
    unsigned add(Task task);

    void started(unsigned task, Clock::Time now);
    // Whoever ended it; failed to start too. False: it waits for another try (alone on the machine, after
    // out-of-memory).
    bool ended(unsigned task, Outcome outcome, Clock::Time now);
    // Its slot can start nothing any more, and the task is not to blame: it waits again, before all others, for another
    // slot, as do those that wait for this one. False: no slot is left.
    [[nodiscard]] bool retire_slot_of(unsigned task);
    void forget(unsigned task);  // one that has ended and is not tried again: its memory

    // Nothing is started any more; what runs is stopped. The first reason stays.
    void stop_all(StopReason reason);
    void kill_all();
    void stop(unsigned task, StopReason reason);
    void hold(unsigned slot, bool held);  // while held nothing is started there
    void hold_all(bool held);
    // Nothing is started that is expected to outlast it; what runs is stopped one grace before it.
    void set_deadline(Clock::Time deadline);
    // Of a task without an expectation of its own.
    void set_typical(std::optional<Clock::Duration> duration) { typical_ = duration; }

    // What is to be done now; each action is told once.
    [[nodiscard]] std::vector<TaskAction> actions(Clock::Time now);
    // When time alone asks for the next action; absent: never.
    [[nodiscard]] std::optional<Clock::Time> next_time() const;

    // No task runs, and none that waits will be started: all ended, or stopping, or the deadline keeps the rest back.
    [[nodiscard]] bool finished() const;
    [[nodiscard]] StopReason stopping() const { return stopping_; }
    [[nodiscard]] std::size_t waiting() const;
    [[nodiscard]] std::size_t running() const;
    [[nodiscard]] std::optional<TaskState> state(
        unsigned task) const;  // absent: ended well and forgotten, or never added
    [[nodiscard]] StopReason why_stopped(unsigned task) const;
    [[nodiscard]] unsigned attempt(unsigned task) const;
    [[nodiscard]] bool goes_anywhere(unsigned task) const;            // to whichever slot is free
    [[nodiscard]] std::optional<unsigned> newest_running() const;     // the last one started
    [[nodiscard]] std::optional<unsigned> slot(unsigned task) const;  // where it runs; absent: it does not
    [[nodiscard]] bool kept_back_by_deadline() const { return kept_back_; }

  private:
    struct Live {
        Task task;
        TaskState state = TaskState::waiting;
        std::array<unsigned, outcomes> tried{};  // ends of each outcome
        unsigned attempt = 0, slot = 0;
        bool alone = false;
        StopReason reason = StopReason::none;
        Clock::Time started{};
        bool stop_told = false, kill_told = false;
    };
    struct Slot {
        std::optional<unsigned> task;  // that runs there
        std::deque<unsigned> waiting;
        bool held = false, retired = false;
    };

    void ask_to_stop(Live& live, StopReason reason);
    [[nodiscard]] std::optional<unsigned> next_for(unsigned slot, Clock::Time now);
    [[nodiscard]] bool fits(const Live& live, Clock::Time now) const;
    [[nodiscard]] bool may_start(const Live& live) const;

    TaskRules rules_;
    std::vector<Slot> slots_;
    std::deque<unsigned> anywhere_;  // waiting for any slot
    std::map<unsigned, Live> live_;  // waiting or running; what failed stays, what is done goes
    unsigned next_ = 0;
    std::optional<Clock::Duration> typical_;
    std::optional<Clock::Time> deadline_;
    StopReason stopping_ = StopReason::none;
    bool killing_ = false, kept_back_ = false;
};

}  // namespace hlaunch
