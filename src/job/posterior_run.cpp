#include "job/posterior_run.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "job/identity.h"
#include "job/nlsq_fit.h"
#include "job/staged_rounds.h"
#include "os/file.h"

namespace hlaunch {

PosteriorFit posterior_fit(const PartFolder& nlsq, const JobOptions& options) {
    PosteriorFit out;
    auto fit = judge_nlsq(nlsq);
    if (!fit) {
        out.refused = "there is none";
        return out;
    }
    out.folder = nlsq.out();
    out.result = std::move(fit->result);
    if (!fit->problems.empty() && !accepts_nlsq(options))
        out.refused = fmt::format("{}", fmt::join(fit->problems, "; "));
    return out;
}

MergeOutcome sample_posterior_of_run(JobContext& context, const Plan& plan, const homodyne::Facts& facts,
                                     const std::string& key) {
    PosteriorFit fit;
    if (const auto& given = context.request.nlsq_result; !given.empty()) {
        fit.folder = given;
        fit.result = homodyne::read_nlsq_result(nlohmann::json::parse(read_text(result_file_of(given))));
        const auto problems = problems_of_given_fit(given, facts.given_fit);
        if (!problems.empty() && !accepts_nlsq(context.options))
            fit.refused = fmt::format("{}", fmt::join(problems, "; "));
    } else {
        fit = posterior_fit(context.folder.nlsq(), context.options);
    }
    const auto workers_plan = plan_of_density_workers(plan, facts.points);
    StagedRounds rounds(context, workers_plan);
    context.display.note(fmt::format("hlaunch: the exact posterior of {} points, {} worker{}", facts.points,
                                     rounds.workers(), rounds.workers() == 1 ? "" : "s"));
    return sample_posterior(rounds, context.clock,
                            {.wish = context.request.posterior,
                             .fit = std::move(fit),
                             .config = context.folder.survey().config(),
                             .analysis_mode = facts.analysis_mode,
                             .folder = context.folder.posterior(),
                             .merged = context.folder.merged(),
                             .key = key,
                             .accepted = accepted_in_merge(context.options),
                             .tell = [&](const std::string& line) { context.display.note(line); }});
}

}  // namespace hlaunch
