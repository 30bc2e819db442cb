#include "job/lone_survey.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/error.h"
#include "job/checks.h"
#include "job/context.h"
#include "job/plan_job.h"
#include "job/survey_step.h"
#include "os/process_tree.h"

namespace hlaunch {
namespace {

// Removed with all that is in it.
class TemporaryFolder {
  public:
    TemporaryFolder() {
        std::error_code failed;
        path_ = std::filesystem::temp_directory_path(failed) / "hlaunch-plan-XXXXXX";
        if (failed) throw infrastructure_error("TMPDIR names no folder; set it to one you may write to");
        auto name = path_.string();
        if (mkdtemp(name.data()) == nullptr)
            throw infrastructure_error("cannot make {}: {}; set TMPDIR", name, std::strerror(errno));
        path_ = name;
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() {
        std::error_code ignored;
        if (!kept_) std::filesystem::remove_all(path_, ignored);
    }
    void keep() { kept_ = true; }
    [[nodiscard]] std::string path() const { return path_.string(); }

  private:
    std::filesystem::path path_;
    bool kept_ = false;
};

}  // namespace

LoneSurvey survey_alone(const JobOptions& options, const Machine& here, const Environment& environment,
                        unsigned placements) {
    auto request = check_request(options, environment);
    TemporaryFolder temporary;
    SystemClock clock;
    JournalFile journal(temporary.path() + "/journal.jsonl", clock);
    // Reading a large scan takes a while; what is piped is for programs.
    ProgressDisplay display(ProgressDisplay::style_for(true, options.quiet || isatty(STDERR_FILENO) == 0));
    become_subreaper();
    auto context =
        make_context(options, std::move(request), RunFolder{temporary.path()}, environment, clock, display, journal);
    JobOptions local = options;
    local.placements = {};
    try {
        auto facts = survey(context, plan_placements(local, here), placements);
        return {std::move(context.request), std::move(facts)};
    } catch (const Error& error) {
        if (error.code() != ExitCode::usage) temporary.keep();  // the message names a log in it
        throw;
    }
}

}  // namespace hlaunch
