// A task that is many requests to the process of its slot, one after the other: what asks runs in a thread of its own
// and waits for each answer. To its user a launcher like any other: one start and one end a task.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "os/io/unique_fd.h"
#include "os/reaper/launcher.h"

namespace hlaunch {

// Thrown where a task's rounds end because it was stopped or killed, or its launcher goes.
struct RoundsCut {};
// Thrown by who cannot go on after a round: its end is the task's.
struct RoundFailed {
    TreeEvent end;
};

// For the thread of a task.
class Rounds {
  public:
    virtual ~Rounds() = default;
    // Waits for the end of one round: ended, lost or start_failed. Throws RoundsCut.
    virtual TreeEvent run(const TreeSpec& spec) = 0;
};

// All calls are one thread's, as those of other launchers, and inner's are made from there alone: who forks is the one
// that its children die with.
class RoundsLauncher final : public Launcher {
  public:
    // Made at the start of a task, run in its thread. What it returns is the task's status; what it throws beside the
    // above ends the task with exit code 70.
    using Work = std::function<ExitStatus(Rounds&)>;
    using MakeWork = std::function<Work(unsigned slot, const TreeSpec&)>;

    // inner outlives this object.
    RoundsLauncher(Launcher& inner, MakeWork make_work);
    RoundsLauncher(const RoundsLauncher&) = delete;
    RoundsLauncher& operator=(const RoundsLauncher&) = delete;
    ~RoundsLauncher()
        override;  // cuts what runs and waits for its threads; a round that was asked for is inner's to end

    void start(unsigned slot, const TreeSpec& spec) override;
    void stop(unsigned slot) override;
    void kill(unsigned slot) override;
    [[nodiscard]] std::vector<int> descriptors() const override;
    [[nodiscard]] std::vector<TreeEvent> events() override;

  private:
    class Task;

    void start_rounds();
    void collect_ends(std::vector<TreeEvent>& into);

    Launcher& inner_;
    MakeWork make_work_;
    UniqueFd wake_;     // readable while a thread has something to say
    std::mutex mutex_;  // of what tasks share with their threads
    std::map<unsigned, std::unique_ptr<Task>> tasks_;
};

}  // namespace hlaunch
