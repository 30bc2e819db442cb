// Runs the instances of one stage, each in its own session on its placement, one at a time a placement,
// until all have ended or a signal asks to stop. Watches their trees, records proof, cleans up after them.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "os/child.h"
#include "os/child_events.h"
#include "os/clock.h"
#include "os/process_tree.h"
#include "run/journal_file.h"
#include "run/progress_display.h"
#include "run/watched_instance.h"

namespace hlaunch {

struct InstanceResult {
    unsigned part = 0;
    ExitStatus status;
    double seconds = 0.0;
    double cpu_seconds = 0.0;
    std::uint64_t peak_resident_bytes = 0;
    std::string start_failure;  // why it could not be started at all
};

struct StageResult {
    std::vector<InstanceResult> instances;  // in the order of ending
    std::optional<int> interrupted_by;      // a signal
    unsigned survivors = 0;                 // processes that not even SIGKILL ended
    [[nodiscard]] bool all_ok() const;
};

// Thrown by who cannot go on after StageResult::interrupted_by.
struct Interrupted {
    int signal = 0;
};

class StageRunner {
  public:
    // journal may be null (a command without a run folder). become_subreaper() was called before.
    StageRunner(Clock& clock, JournalFile* journal, ProgressDisplay& display, Grace grace);
    StageRunner(const StageRunner&) = delete;
    StageRunner& operator=(const StageRunner&) = delete;
    ~StageRunner();

    [[nodiscard]] StageResult run(const std::string& stage, std::vector<StageInstance> instances);

  private:
    struct Running;
    void loop(const ChildEvents& events, unsigned placements);
    void start_next(unsigned placement);
    void on_signals(const std::vector<int>& signals);
    void observe();
    void finish(std::size_t index);
    void step_escalations();
    void show(bool last);

    Clock& clock_;
    JournalFile* journal_;
    ProgressDisplay& display_;
    Grace grace_;
    std::string stage_;
    std::vector<std::deque<StageInstance>> queues_;  // by placement
    std::vector<std::unique_ptr<Running>> running_;
    std::vector<InstanceProgress> ended_;
    StageResult result_;
    bool stopping_ = false;
};

}  // namespace hlaunch
