#include "job/lone_survey.h"

#include <unistd.h>

#include <filesystem>

#include "base/error.h"
#include "job/checks.h"
#include "job/context.h"
#include "job/plan_job.h"
#include "job/survey_step.h"
#include "job/temporary_folder.h"
#include "os/file.h"
#include "os/reaper_launcher.h"

namespace hlaunch {
namespace {

void keep_configs(const std::string& from, const std::string& to) {
    ensure_directory(to);
    for (const auto& entry : std::filesystem::directory_iterator(from))
        if (entry.path().extension() == ".yaml")
            write_atomically(std::filesystem::path(to) / entry.path().filename(), read_text(entry.path()));
}

}  // namespace

LoneSurvey survey_alone(const JobOptions& options, const Machine& here, const Environment& environment,
                        unsigned placements, const std::string& configs) {
    auto request = check_request(options, environment);
    TemporaryFolder temporary("plan");
    SystemClock clock;
    JournalFile journal(temporary.path() + "/journal.jsonl", clock);
    // Reading a large scan takes a while; what is piped is for programs.
    ProgressDisplay display(ProgressDisplay::style_for(true, options.quiet || isatty(STDERR_FILENO) == 0));
    ReaperLauncher launcher(journal.receipts());
    auto context = make_context(options, std::move(request), RunFolder{temporary.path()}, environment, clock, display,
                                journal, launcher);
    JobOptions local = options;
    local.placements = {};
    try {
        auto facts = survey(context, plan_placements(local, here), placements);
        if (!configs.empty()) keep_configs(context.folder.survey().root, configs);
        return {std::move(context.request), std::move(facts)};
    } catch (const Error& error) {
        if (error.code() != ExitCode::usage) temporary.keep();  // the message names a log in it
        throw;
    }
}

}  // namespace hlaunch
