// A run whose folder is a temporary one: of what only wants to know.
#pragma once

#include <string>
#include <utility>

#include "base/error.h"
#include "job/session/context.h"
#include "job/session/run_rules.h"
#include "os/files/temporary_folder.h"
#include "os/reaper/reaper_launcher.h"

namespace hlaunch {

class TemporaryRun {
  public:
    // name: in that of the folder. options and environment outlive this.
    TemporaryRun(const std::string& name, const JobOptions& options, homodyne::AnalysisRequest request,
                 const Environment& environment, ProgressDisplay::Style style, const WorkOrder& order = {})
        : temporary_(name),
          journal_(temporary_.path() + "/journal.jsonl", clock_),
          display_(style),
          launcher_(journal_.receipts()),
          context_{.analysis = options.analysis,
                   .where = options.folder,
                   .limits = options.limits,
                   .reporting = options.reporting,
                   .folder = {temporary_.path()},
                   .request = std::move(request),
                   .environment = environment,
                   .run_id = run_id_of({temporary_.path()}),
                   .clock = clock_,
                   .display = display_,
                   .journal = journal_,
                   .launcher = launcher_,
                   .deadline = deadline_of(options.limits, clock_),
                   .order = order} {}
    TemporaryRun(const TemporaryRun&) = delete;
    TemporaryRun& operator=(const TemporaryRun&) = delete;

    [[nodiscard]] JobContext& context() { return context_; }

    // The folder stays where an error may name a log in it.
    template <class Work>
    auto run(Work work) {
        try {
            return work(context_);
        } catch (const Error& error) {
            if (error.code() != ExitCode::usage) temporary_.keep();
            throw;
        }
    }

  private:
    TemporaryFolder temporary_;
    SystemClock clock_;
    JournalFile journal_;
    ProgressDisplay display_;
    ReaperLauncher launcher_;
    JobContext context_;
};

}  // namespace hlaunch
