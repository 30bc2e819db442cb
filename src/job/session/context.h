// What the steps of the main job share: what the user wants, the folders, and the run's machinery.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "job/request/options.h"
#include "job/session/staging.h"
#include "job/session/work_order.h"
#include "os/process/environment.h"
#include "os/reaper/launcher.h"
#include "plan/run_folder.h"
#include "run/journal/journal_file.h"
#include "run/progress/progress_display.h"
#include "run/progress/run_feed.h"
#include "run/stage/stage_runner.h"
#include "run/states/deadline.h"

namespace hlaunch {

struct JobContext {
    const AnalysisSpec& analysis;
    const FolderSpec& where;
    const RunLimits& limits;
    const Reporting& reporting;
    RunFolder folder;
    homodyne::AnalysisRequest request;  // the analysis with absolute paths and what planning needs
    Environment environment;            // of the user, unchanged
    std::string run_id;                 // names shared memory, temporary folders and processes: run_id_of()
    Clock& clock;
    ProgressDisplay& display;
    JournalFile& journal;
    Launcher& launcher;
    Deadline deadline;                 // of the whole run
    WorkOrder order{};                 // of who started it within hlaunch
    RunFeed* feed = nullptr;           // for other programs; none where the folder is temporary
    std::optional<Staging> staging{};  // from the first instance that needs it to the end
};

// Twelve letters that no other folder has, and that the next start of this one has, too: what a start of which nobody
// is left could not remove is found by them.
[[nodiscard]] std::string run_id_of(const RunFolder& folder);

}  // namespace hlaunch
