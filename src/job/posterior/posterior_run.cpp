#include "job/posterior/posterior_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/error.h"
#include "homodyne/app/nlsq_result.h"
#include "job/posterior/exact_posterior.h"
#include "job/results/nlsq_fit.h"
#include "job/session/interrupts.h"
#include "job/session/own_placements.h"
#include "job/stages/evaluate_stage.h"
#include "os/files/file.h"
#include "os/spawn/blocked_signals.h"
#include "run/watch/stop_file.h"

namespace hlaunch {
namespace {

PosteriorFit fit_of_run(const JobContext& context, const homodyne::Facts& facts) {
    const auto& given = context.request.nlsq_result;
    if (given.empty()) return posterior_fit(context.folder.nlsq(), context.analysis);
    PosteriorFit out;
    out.folder = given;
    out.result = homodyne::read_nlsq_result(nlohmann::json::parse(read_text(homodyne::result_file_of(given))));
    const auto problems = problems_of_given_fit(given, facts.given_fit);
    if (!problems.empty() && !accepts_nlsq(context.analysis))
        out.refused = fmt::format("{}", fmt::join(problems, "; "));
    return out;
}

PosteriorTask task_of_run(JobContext& context, const homodyne::Facts& facts, const std::string& key) {
    return {.wish = context.request.posterior,
            .fit = fit_of_run(context, facts),
            .config = context.folder.survey().config(),
            .folder = context.folder.posterior(),
            .key = key,
            .accepted = accepted_in_merge(context.analysis, GateKind::exact),
            .tell = [&context](const std::string& line) { context.display.note(line); }};
}

// Of several workers on this node each has its own placements.
Plan own_share(Plan plan, const WorkOrder& order) {
    WorkerRank rank;
    rank.local_rank = order.local_rank;
    rank.local_ranks = order.local_ranks;
    keep_own_placements(plan, rank, false);
    return plan;
}

void wait_a_moment(JobContext& context) {
    const BlockedSignals signals;
    check(signals);
    if (take_stop_file(context.folder.stop())) throw Interrupted{SIGTERM};
    context.journal.heartbeat();
    if (const auto end = context.deadline.at(); end && context.clock.now() >= *end)
        throw failure("the time limit of the run (--time-limit) is over; the same command again does the rest");
}

RoundSharing sharing_of(JobContext& context) {
    RoundSharing out;
    out.only_remembered = context.order.steps == Steps::merge;
    if (!context.order.shares_rounds || context.order.steps != Steps::sample) return out;
    out.with = context.folder;
    out.patience = [&context] { wait_a_moment(context); };
    return out;
}

// A merge computes none of it.
void take_what_sampling_took(const RunHistory& history, ExactRecord& record) {
    if (history.sampled.empty()) return;
    record.workers = history.sampled.back().workers;
    record.seconds = history.sampled.back().seconds;
}

}  // namespace

PosteriorFit posterior_fit(const PartFolder& nlsq, const AnalysisSpec& analysis) {
    PosteriorFit out;
    auto fit = judge_nlsq(nlsq);
    if (!fit) {
        out.refused = "there is none";
        return out;
    }
    out.folder = nlsq.out();
    out.result = std::move(fit->result);
    if (!fit->problems.empty() && !accepts_nlsq(analysis))
        out.refused = fmt::format("{}", fmt::join(fit->problems, "; "));
    return out;
}

RunPosterior::RunPosterior(JobContext& context, const Plan& plan, const homodyne::Facts& facts, const std::string& key)
    : rounds_(context, plan_of_density_workers(own_share(plan, context.order), facts.points)),
      workers_(rounds_, context.clock, task_of_run(context, facts, key), sharing_of(context)) {}

MergeOutcome sample_posterior_of_run(JobContext& context, const Plan& plan, const homodyne::Facts& facts,
                                     const std::string& key) {
    context.display.note(fmt::format("hlaunch: the exact posterior of {} points", facts.points));
    MergedRun run;
    run.analysis_mode = facts.analysis_mode;
    MergeOutcome out;
    {
        RunPosterior posterior(context, plan, facts, key);
        auto answer = sample_posterior(posterior.workers(), {});
        if (context.order.steps == Steps::merge)
            take_what_sampling_took(context.journal.history(), *answer.report.exact);
        run.timestamp = utc_text(context.clock.wall());
        if (context.order.steps == Steps::sample) {  // another start writes
            out.passed = answer.report.passed();
            out.report = std::move(answer.report);
            return out;
        }
        out = hand_on(context.folder.merged(), std::move(answer), run);
    }
    // Their slots are free now.
    if (out.passed && context.analysis.plots)
        out.notes = evaluate_draws(context, plan, facts, static_cast<unsigned>(out.report->draws.chains));
    return out;
}

}  // namespace hlaunch
