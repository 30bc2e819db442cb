// A run whose folder is a temporary one: of what only wants to know.
#pragma once

#include <string>
#include <utility>

#include "base/error.h"
#include "job/session/context.h"
#include "os/files/temporary_folder.h"
#include "os/reaper/reaper_launcher.h"

namespace hlaunch {

class TemporaryRun {
  public:
    // name: in that of the folder. options and environment outlive this.
    TemporaryRun(const std::string& name, const JobOptions& options, homodyne::AnalysisRequest request,
                 const Environment& environment, ProgressDisplay::Style style)
        : temporary_(name),
          journal_(temporary_.path() + "/journal.jsonl", clock_),
          display_(style),
          launcher_(journal_.receipts()),
          context_(make_context(options, std::move(request), RunFolder{temporary_.path()}, environment, clock_,
                                display_, journal_, launcher_)) {}
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
