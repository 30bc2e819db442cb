// Process trees from start to end, one at a time in each slot: started and ended through a Launcher, watched, recorded,
// until the source has no more or something asks to stop. TaskStates decides what is done; here it is done.
//
// state     comes of                                        in the journal                 users see
// --------  ----------------------------------------------  -----------------------------  ---------------------------
// waiting   the source has added it                         nothing                        counted as not done
//           a try ended so that Retries allow one more;     "end" with its outcome and     "tried again" (stages)
//             after out-of-memory it runs alone               "again"
//           its slot can start nothing any more: the slot   "end" binding-refused or       a warning: who takes no more
//             is retired, the try does not count              start-failed, and "again"
// starting  a slot is free, neither held by the guards of   "start" with a receipt,        "starting" in status.json
//             memory and disk nor retired, and the            before the launcher is told
//             deadline leaves time for it
// running   the launcher says `started`                     nothing                        a line: time, CPU, memory;
//                                                                                            a warning when it is stuck
// stopping  from starting or running, for a reason:         nothing; the reaper sends      "stopping"
//             user: a signal, or the stop file                INT, TERM, KILL by the
//             deadline: one grace before it                   grace. A second signal or
//             disk: it is full                                stop file: KILL at once
//             time_limit: the instance's own, of a running one
//             memory: short; the newest running one
// done      the tree has ended well                         "end" done                     counted as done
// failed    it ended in another way, or could not be        "end" with its outcome:        the outcome with its remedy;
//             started, and is not tried again                 stopped where the user or      what was stopped, or never
//                                                             the deadline asked             started, is left for later
// lost      its reaper died, and it is not tried again      "end" lost                     as failed
//
// user, deadline and disk stop all: nothing is started any more, and what waits stays waiting. Whatever leaves run() by
// an exception (a journal that cannot be written, a source that fails) stops what runs by its grace first.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "os/reaper/launcher.h"
#include "run/journal/journal_sink.h"
#include "run/progress/progress_display.h"
#include "run/states/guards.h"
#include "run/states/interruption.h"
#include "run/states/outcome.h"
#include "run/states/task_states.h"
#include "run/supervisor/shared_signal.h"
#include "run/supervisor/task_source.h"
#include "run/watch/disk_watch.h"
#include "run/watch/memory_kills.h"
#include "run/watch/memory_watch.h"
#include "run/watch/world.h"

namespace hlaunch {

struct RunRules {
    Grace grace;
    Retries retries;
    std::optional<Clock::Duration> instance_limit;
    Clock::Duration stuck_after = std::chrono::minutes(10);
    std::string disk_path;  // whose file system is looked after; empty: none
    std::string stop_file;  // asks for a stop by being there (another host's hlaunch stop); empty: none
};

struct RunTools {
    Clock& clock;
    Launcher& launcher;
    JournalSink* journal;  // null: nothing is recorded
    ProgressDisplay& display;
    Deadline& deadline;
    World& world;
};

class Supervisor {
  public:
    struct Result {
        Interruption interruption;
        bool disk_full = false;  // what ran was stopped for it, or nothing could be started
        unsigned survivors = 0;  // processes that not even SIGKILL ended
    };

    // nodes: of each slot, the memory nodes. All of these outlive it.
    Supervisor(const RunTools& tools, const RunRules& rules, std::vector<IdSet> nodes, TaskSource& source);

    // Once.
    [[nodiscard]] Result run();

  private:
    struct Running {
        unsigned task = 0;
        std::uint64_t receipt = 0;
        Clock::Time launched{};
        std::uint64_t memory_kills_before = 0;
        StuckWatch stuck;
        std::filesystem::path out, err;
        pid_t root = -1;  // once it runs
        std::unique_ptr<Watch> watch;
    };
    void round(EventSource& events);
    void refill();
    void act();
    void start(const TaskAction& action, std::uint64_t receipt);
    void on_signals(std::vector<int> signals);
    void on_tree_event(const TreeEvent& event);
    void finish(Running running, const TreeEvent& event);
    [[nodiscard]] Outcome judge(const Running& running, const TreeEvent& event, const TaskEnd& end);
    void leave_slot(unsigned task, const TreeEvent& event);
    void look();  // each second: disk, memory, what runs
    void look_for_stuck(Running& running);
    void write();
    void note(const std::string& line);
    void stop_what_runs(EventSource& events) noexcept;

    RunTools tools_;
    const RunRules& rules_;
    TaskSource& source_;
    TaskStates states_;
    std::vector<std::optional<Running>> running_;  // by slot
    std::vector<TreeEvent> told_;                  // by the launcher in this round
    std::vector<Event> entries_;                   // for the journal, before the next start
    DiskWatch disk_;
    MemoryWatch memory_;
    MemoryKills memory_kills_;
    SharedSignal shared_signal_;
    Clock::Time next_look_{};
    bool changed_ = false;
    Result result_;
};

}  // namespace hlaunch
