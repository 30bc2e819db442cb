#include "job/analysis/warm_cache.h"

#include <fmt/format.h>
#include <unistd.h>

#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/json_fields.h"
#include "homodyne/plan/planner.h"
#include "job/request/placements.h"
#include "job/request/preflight.h"
#include "job/session/stage_run.h"
#include "job/session/temporary_run.h"
#include "job/stages/cmc_instances.h"
#include "job/stages/nlsq_stage.h"
#include "job/stages/survey_stage.h"
#include "os/files/file.h"

namespace hlaunch {
namespace {

using Entries = std::map<std::filesystem::path, std::uint64_t>;

Entries entries_in(const std::string& root) {
    Entries out;
    for (const auto& key : read_jit_cache(root, false))
        for (const auto& entry : key.entries) out[entry.path] = entry.bytes;
    return out;
}

// What the hooks left of each sampler: docs of shim/hlaunch_shim/sampling/warm.py.
void count_samplers(const PartFolder& folder, const Part& part, const std::string& root, Warmed& warmed) {
    const auto shards = part.kind == "shards" ? part.shards : std::vector<unsigned>{0};
    for (const auto shard : shards) {
        const auto text = try_read_text(fmt::format("{}/{:05}.warm", folder.shards(), shard));
        const auto json = nlohmann::json::parse(text.value_or(""), nullptr, false);
        if (!json.is_object())
            throw failure("part {:03} ended before the sampler of shard {} was compiled: {} (whole log: {})",
                          part.index, shard, last_words(folder), folder.stderr_log());
        if (!text_in(json, "folder").starts_with(root + "/"))
            throw infrastructure_error("{} cannot be written to by the instances; give a folder with --jit-cache",
                                       root);
        const auto state = text_in(json, "state");
        ++(state == "compiled" ? warmed.compiled : state == "found" ? warmed.found : warmed.not_kept);
    }
}

void warm_cmc(JobContext& context, const Plan& plan, const Stage& stage, const homodyne::Facts& facts, Warmed& warmed) {
    auto instances = prepare_cmc(context, plan, stage, facts, "");
    context.display.note(
        fmt::format("hlaunch: compiling on {} placement{}", instances.size(), instances.size() == 1 ? "" : "s"));
    auto runner = runner_of(context);
    const auto result = runner.run("cmc", std::move(instances));
    check_in_time(result);
    for (const auto& ended : result.instances) {
        const auto folder = context.folder.part(ended.part);
        if (!ended.start_failure.empty()) throw infrastructure_error("{}", ended.start_failure);
        if (!ended.status.ok())
            throw failure("part {:03} ended with {} before all its samplers were compiled: {} (whole log: {})",
                          ended.part, ended.status.text(), last_words(folder), folder.stderr_log());
        count_samplers(folder, plan.parts[ended.part], context.request.jit_cache, warmed);
    }
    warmed.placements = static_cast<unsigned>(stage.instances.size());
}

void run_steps(JobContext& context, Plan plan, Warmed& warmed) {
    const auto facts = survey(context, plan, static_cast<unsigned>(plan.placements.size()));
    if (!facts.known)
        throw usage_error(
            "homodyne {} is no version whose sampler the hooks know (2.23.3); its first run fills the cache",
            facts.version);
    homodyne::plan_analysis(plan, context.request, facts, context.folder);
    for (const auto& warning : plan.warnings) context.display.note("hlaunch: warning: " + warning);
    for (const auto& stage : plan.stages) {
        if (stage.name == "nlsq") run_nlsq(context, plan, stage, facts);
        if (stage.name == "cmc") warm_cmc(context, plan, stage, facts, warmed);
    }
    if (warmed.placements == 0) warmed.placements = 1;  // nlsq alone
}

// The user's wish for the placements and the analysis, without what only a real run leaves.
JobOptions for_compiling(JobOptions options) {
    options.analysis.learned = options.analysis.profile = options.analysis.tracemalloc = options.analysis.plots = false;
    options.analysis.accepted.emplace_back("nlsq");  // a poor fit compiles the same
    return options;
}

}  // namespace

Warmed warm_cache(const JobOptions& options, const Machine& machine, const Environment& environment) {
    if (machine.foreign)
        throw usage_error("code is compiled for the machine it is compiled on: --topology only plans (hlaunch plan)");
    if (options.analysis.split == homodyne::Split::none)
        throw usage_error("--hooks off shares no compiled code; leave it out, or warm nothing");
    auto request = check_request(options.analysis, environment);
    if (request.jit_cache.empty() || request.jit_cache == "off")
        throw usage_error("no cache is shared here (--jit-cache {}); give a folder with --jit-cache",
                          options.analysis.jit_cache);
    auto plan = plan_placements(options, machine);
    const auto local = for_compiling(options);
    TemporaryRun alone("warm", local, std::move(request), environment,
                       ProgressDisplay::style_for(isatty(STDERR_FILENO) == 1, options.reporting.quiet),
                       {.compile_only = true});
    auto& clock = alone.context().clock;
    Warmed out;
    out.folder = alone.context().request.jit_cache;
    const auto start = clock.now();
    const auto before = entries_in(out.folder);
    alone.run([&](JobContext& context) { run_steps(context, std::move(plan), out); });
    for (const auto& [path, bytes] : entries_in(out.folder)) {
        if (before.contains(path)) continue;
        ++out.entries_added;
        out.bytes_added += bytes;
    }
    out.seconds = std::chrono::duration<double>(clock.now() - start).count();
    return out;
}

}  // namespace hlaunch
