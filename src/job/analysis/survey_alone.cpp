#include "job/analysis/survey_alone.h"

#include <unistd.h>

#include <filesystem>

#include "job/request/placements.h"
#include "job/request/preflight.h"
#include "job/session/temporary_run.h"
#include "job/stages/survey_stage.h"
#include "os/files/file.h"

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
                        unsigned placements, const std::string& configs,
                        const std::optional<homodyne::ShortRun>& short_run) {
    auto request = check_request(options.analysis, environment, short_run);
    // Reading a large scan takes a while; what is piped is for programs.
    TemporaryRun alone("plan", options, std::move(request), environment,
                       ProgressDisplay::style_for(true, options.reporting.quiet || isatty(STDERR_FILENO) == 0));
    JobOptions local;  // the whole machine, however the user divides it
    local.analysis = options.analysis;
    return alone.run([&](JobContext& context) {
        auto facts = survey(context, plan_placements(local, here), placements);
        if (!configs.empty()) keep_configs(context.folder.survey().root, configs);
        return LoneSurvey{std::move(context.request), std::move(facts)};
    });
}

}  // namespace hlaunch
