#include "job/analysis/analysis.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "homodyne/plan/forecast.h"
#include "homodyne/plan/planner.h"
#include "job/analysis/identity.h"
#include "job/analysis/merge_stage.h"
#include "job/analysis/sampled_event.h"
#include "job/analysis/summary.h"
#include "job/posterior/posterior_run.h"
#include "job/request/content_hash.h"
#include "job/request/jit_cache.h"
#include "job/request/key_variables.h"
#include "job/request/placements.h"
#include "job/request/preflight.h"
#include "job/results/captured_shards.h"
#include "job/results/nlsq_fit.h"
#include "job/session/context.h"
#include "job/session/interrupts.h"
#include "job/session/run_session.h"
#include "job/stages/cmc_stage.h"
#include "job/stages/nlsq_stage.h"
#include "job/stages/survey_stage.h"
#include "os/files/file.h"
#include "os/host/host.h"
#include "os/reaper/reaper_launcher.h"
#include "os/spawn/blocked_signals.h"
#include "report/worker_records.h"
#include "run/stage/stage_runner.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

void adopt_survey(JobContext& context) {
    const auto fresh = context.folder.survey().root;
    context.folder.survey_name = "survey";
    remove_whole(context.folder.survey().root);
    fs::rename(fresh, context.folder.survey().root);
}

// A folder is continued only by the analysis that began it.
void check_identity(JobContext& context, const nlohmann::json& identity) {
    for (const auto& former : context.journal.history().identities) {
        const auto changed = differences(former ? *former : nlohmann::json(), identity);
        if (changed.empty()) continue;
        // What this start has done is none of the run's: it stands as it stood.
        remove_whole(context.folder.survey().root);
        context.journal.append(events::Refused{});
        throw usage_error(
            "{} holds another analysis ({} changed); give another --output, or --fresh to start over in it",
            context.where.output, fmt::join(changed, ", "));
    }
}

// Shards count only for the warm start they were drawn from: it sets initial values and informed priors.
std::string shard_key(const JobContext& context, const std::string& key) {
    if (!context.request.nlsq_result.empty()) return key;  // it is in the identity already
    return hash_text(key + try_read_text(nlsq_result_file(context.folder.nlsq())).value_or(""));
}

void store_plan(const JobContext& context, const Plan& plan, const nlohmann::json& identity, const std::string& key) {
    auto json = to_json(plan);
    json["run_key"] = key;
    json["identity"] = identity;
    write_atomically(context.folder.plan(), json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

// Torn entries are found as they are read: no need to read all of them here.
void trim_jit_cache(const JobContext& context) {
    try {
        clean_jit_cache(context.request.jit_cache,
                        {.torn = false,
                         .keep_jaxlib = {},
                         .max_bytes = context.analysis.jit_cache_bytes,
                         .now_s = std::chrono::system_clock::to_time_t(context.clock.wall())});
    } catch (const Error& error) {
        context.display.note(fmt::format("hlaunch: warning: {}", error.what()));  // no reason to lose a run
    }
}

// As many as the workers of the run had together, also when one machine goes on alone: other shards would be another
// run.
unsigned placements_to_fill(const JobContext& context, const Plan& plan) {
    if (context.request.posterior.is_exact()) return 1;  // of no shards
    if (context.order.placements_in_all > 0) return context.order.placements_in_all;
    if (const auto& prepared = context.journal.history().prepared; prepared && prepared->min_shards > 0)
        return prepared->min_shards;
    return static_cast<unsigned>(plan.placements.size());
}

// A merge job comes after whatever became of the workers: it tells which of them failed, and why.
void check_all_captured(JobContext& context, unsigned num_shards) {
    const auto captured = context.request.captured.size();
    if (captured >= num_shards) return;
    std::vector<std::string> troubles;
    for (const auto& worker : worker_records(context.folder))
        if (!worker.why.empty()) troubles.push_back(trouble_text(worker));
    for (const auto& trouble : troubles) context.display.note("hlaunch: " + trouble);
    throw failure("{} of {} shards are captured{}; start the workers again: they run the rest", captured, num_shards,
                  troubles.empty() ? "" : fmt::format("; {}", troubles.front()));
}

// Before hours of NUTS, while there is a choice.
void tell_of_exact(const JobContext& context, const Plan& plan, const homodyne::Facts& facts) {
    if (!facts.known || context.request.split != homodyne::Split::shards) return;
    context.display.note("hlaunch: " + homodyne::describe_exact(facts, cores_of(plan.placements),
                                                                context.request.posterior.effective_draws));
}

int run_stages(JobContext& context, Plan plan) {
    const auto& analysis = context.analysis;
    const auto steps = context.order.steps;
    // Surveyed beside what a former run left, which may be another's.
    context.folder.survey_name = "survey.new";
    const auto min_shards = placements_to_fill(context, plan);
    const auto facts = survey(context, plan, min_shards);
    const auto identity = identity_of(context.request, facts, context.folder.survey().config(),
                                      key_variables(context.where.key_env, context.environment));
    const auto key = run_key(identity);
    check_identity(context, identity);
    check_given_fit(context, facts);
    adopt_survey(context);
    const bool cmc = homodyne::wants_cmc(analysis.mode, facts.yaml_method);
    const bool exact = cmc && context.request.posterior.is_exact();
    if (cmc && !exact && analysis.split == homodyne::Split::shards && facts.known)
        context.request.captured =
            CapturedShards(context, context.folder, shard_key(context, key), facts.num_shards).look();
    context.request.nodes = std::max(1U, min_shards / std::max(1U, static_cast<unsigned>(plan.placements.size())));
    homodyne::plan_analysis(plan, context.request, facts, context.folder);
    store_plan(context, plan, identity, key);
    context.journal.append(events::Run{
        .key = key, .identity = std::make_shared<nlohmann::json>(identity), .host = read_host().name, .pid = getpid()});
    for (const auto& warning : plan.warnings) context.display.note("hlaunch: warning: " + warning);
    if (facts.stratification_set && context.request.nlsq_result.empty())
        context.display.note("hlaunch: " + homodyne::describe_stratification(facts));
    for (const auto& stage : plan.stages) {
        if (steps == Steps::merge) break;
        if (stage.name == "nlsq") (exact ? try_nlsq : run_nlsq)(context, plan, stage, facts);
        if (stage.name == "cmc" && steps != Steps::prepare) {
            tell_of_exact(context, plan, facts);
            run_cmc(context, plan, stage, facts, shard_key(context, key));
        }
    }
    if (!context.request.jit_cache.empty() && context.request.jit_cache != "off") trim_jit_cache(context);
    if (steps == Steps::prepare)
        context.journal.append(events::Prepared{
            .config_hash = hash_file(analysis.config), .shard_key = shard_key(context, key), .min_shards = min_shards});
    if (exact && steps != Steps::prepare && steps != Steps::merge) context.journal.append(events::Sampling{});
    if (steps == Steps::sample && exact) {
        const auto sampled = sample_posterior_of_run(context, plan, facts, shard_key(context, key));
        auto event = sampled_event(analysis, hash_file(analysis.config));
        event.workers = sampled.report->exact->workers;
        event.seconds = sampled.report->exact->seconds;
        context.journal.append(std::move(event));
    }
    if (steps == Steps::prepare || steps == Steps::sample) return static_cast<int>(ExitCode::ok);
    if (steps == Steps::merge && cmc && !exact && analysis.split == homodyne::Split::shards)
        check_all_captured(context, facts.num_shards);
    const auto outcome = exact ? sample_posterior_of_run(context, plan, facts, shard_key(context, key))
                         : cmc ? merge_run(context, plan, facts, shard_key(context, key))
                               : take_over_nlsq(context, facts);
    context.journal.append(events::Merged{outcome.passed});
    print_summary(context, outcome);
    return static_cast<int>(outcome.passed ? ExitCode::ok : ExitCode::failed);
}

}  // namespace

int run_analysis(const JobOptions& options, const Machine& machine, const Environment& environment,
                 const WorkOrder& order) {
    if (machine.foreign)
        throw usage_error("a run is for the machine it is started on: --topology only plans (hlaunch plan)");
    auto request = check_request(options.analysis, environment, order.short_run);
    auto plan = plan_placements(options, machine);
    const RunFolder folder{check_output(options.folder, "run")};
    RunSession session(options.folder, options.limits, options.reporting);
    session.open(folder, "run");
    session.note_kind("run");
    const BlockedSignals between_stages;
    auto context = session.context(options.analysis, std::move(request), environment, order);
    return session.run([&] { return run_stages(context, std::move(plan)); });
}

void run_checked(const JobOptions& options, const WorkOrder& order, const Machine& machine,
                 const Environment& environment, const BlockedSignals& signals) {
    check(signals);
    const int code = run_analysis(options, machine, environment, order);
    if (code > 128) throw Interrupted{code - 128};
    check(signals);
}

}  // namespace hlaunch
