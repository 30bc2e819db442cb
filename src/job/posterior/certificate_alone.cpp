#include "job/posterior/certificate_alone.h"

#include <unistd.h>

#include <filesystem>
#include <optional>

#include "homodyne/app/nlsq_result.h"
#include "job/posterior/certificate.h"
#include "job/request/placements.h"
#include "job/request/preflight.h"
#include "job/session/temporary_run.h"
#include "job/stages/survey_stage.h"

namespace hlaunch {

std::string fit_beside(const std::string& folder) {
    const RunFolder run{folder};
    for (const auto& candidate : {run.nlsq().out(), folder})
        if (std::filesystem::is_regular_file(homodyne::result_file_of(candidate))) return candidate;
    return {};
}

WeightedAnswer settle_alone(const JobOptions& options, const Machine& machine, const Environment& environment,
                            const ShardMeta* shards, MergeReport report) {
    auto request = check_request(options.analysis, environment);
    TemporaryRun alone("merge", options, std::move(request), environment,
                       ProgressDisplay::style_for(true, options.reporting.quiet || isatty(STDERR_FILENO) == 0));
    return alone.run([&](JobContext& context) {
        const auto plan = plan_placements(options, machine);
        const auto facts = survey(context, plan, 1);
        if (!facts.known)
            throw usage_error("homodyne {} is no version whose model the hooks know as a density (2.23.3)",
                              facts.version);
        std::optional<SiteMap> sites;
        if (shards != nullptr) sites.emplace(shards->sites, shards->times);
        return settle_posterior(context, plan, facts, "merge", sites ? &*sites : nullptr, std::move(report));
    });
}

}  // namespace hlaunch
