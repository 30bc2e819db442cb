// One start of a run: its clock, display, journal, feed and launcher, opened and ended in the same order for every kind
// of run.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "job/request/options.h"
#include "job/session/context.h"
#include "os/reaper/reaper_launcher.h"
#include "plan/plan.h"
#include "plan/run_folder.h"
#include "run/journal/journal_file.h"
#include "run/progress/progress_display.h"
#include "run/progress/run_feed.h"
#include "run/stage/stage_runner.h"

namespace hlaunch {

class RunSession {
  public:
    // All three outlive this. Without a folder (--output) commands' own output is on the screen: no progress lines.
    RunSession(const FolderSpec& where, const RunLimits& limits, const Reporting& reporting);
    RunSession(const RunSession&) = delete;
    RunSession& operator=(const RunSession&) = delete;
    ~RunSession();

    // Takes the folder's journal and lock. A folder belongs to one kind of run: throws usage Error where its journal is
    // of another one than `kind` (run, command, queue, campaign; empty: the folder of a worker below a run). With
    // --fresh what it holds is forgotten. What outlived a former start is killed. each: gets the events of former
    // starts. Without open() nothing is recorded.
    void open(const RunFolder& folder, std::string_view kind, const JournalFile::OnEvent& each = {});
    // For kinds whose own first event comes after a survey: the journal tells from its first line on what it belongs
    // to.
    void note_kind(std::string_view kind);
    // After open(), of an analysis, which outlives this. Removes shared memory and temporary folders that a former
    // start has left.
    [[nodiscard]] JobContext context(const AnalysisSpec& analysis, homodyne::AnalysisRequest request,
                                     const Environment& environment, const WorkOrder& order = {});
    // Of a command's instances.
    [[nodiscard]] StageRunner stage_runner(Deadline& deadline);

    // Does the work and enters how it ended, also when that is an error, which is thrown on. Returns the exit code: 128
    // and the signal where it was interrupted.
    int run(const std::function<int()>& work);

    [[nodiscard]] SystemClock& clock() { return clock_; }
    [[nodiscard]] ProgressDisplay& display() { return display_; }
    [[nodiscard]] JournalFile* journal() {
        return journal_ ? &*journal_ : nullptr;
    }  // null: without a folder, as the next
    [[nodiscard]] RunFeed* feed() { return feed_.get(); }
    [[nodiscard]] const std::optional<RunFolder>& folder() const { return folder_; }
    [[nodiscard]] ReaperLauncher& launcher();
    [[nodiscard]] RunRules rules() const;
    [[nodiscard]] Deadline deadline() const;  // counted from now

  private:
    void tell_former_start();
    void remove_former_temporaries(const std::string& temporary) const;
    void end_feed(int exit_code);
    void end_failed(ExitCode code, const char* why);

    const FolderSpec& where_;
    const RunLimits& limits_;
    const Reporting& reporting_;
    SystemClock clock_;
    ProgressDisplay display_;
    std::optional<RunFolder> folder_;
    std::optional<JournalFile> journal_;
    std::unique_ptr<RunFeed> feed_;
    std::optional<ReaperLauncher> launcher_;
};

// On standard error, also where the display keeps quiet so that commands' own output is not torn; not with --quiet.
void tell_warnings(const Plan& plan, const Reporting& reporting);

}  // namespace hlaunch
