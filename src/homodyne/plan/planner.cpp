#include "homodyne/plan/planner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "base/text/quantity.h"
#include "homodyne/app/environment.h"
#include "homodyne/app/nlsq_memory.h"
#include "homodyne/app/xla_flags.h"
#include "homodyne/plan/forecast.h"
#include "homodyne/plan/idle.h"
#include "homodyne/plan/slices.h"
#include "plan/task_need.h"

namespace hlaunch::homodyne {
namespace {

Instance make_instance(unsigned part, const Placement& placement, const PartFolder& folder,
                       const AnalysisRequest& request, Mode mode, unsigned workers, unsigned chains) {
    const auto env = instance_environment(placement, {.mode = mode,
                                                      .workers = workers,
                                                      .chains = chains,
                                                      .shim_dir = request.shim_dir,
                                                      .user_python_path = request.user_python_path,
                                                      .user_xla_flags = request.user_xla_flags,
                                                      .task_file = folder.task(),
                                                      .jit_cache_dir = folder.jit_cache(),
                                                      .shared_jit_cache = request.jit_cache});
    return {.part = part,
            .placement = placement.index,
            .argv = request.app,
            .env = env.set,
            .unset_env = env.unset,
            .cwd = folder.work()};
}

void append(std::vector<std::string>& argv, std::initializer_list<std::string> words) {
    argv.insert(argv.end(), words);
}

const Placement& largest(const std::vector<Placement>& placements) {
    return *std::max_element(placements.begin(), placements.end(),
                             [](const Placement& a, const Placement& b) { return a.cores < b.cores; });
}

// Policy bind kills what outgrows its node while others are free; a soft policy spills, and is said.
void choose_policy(Plan& plan, Placement& placement, std::uint64_t need) {
    if (need <= placement.memory_bytes || placement.memory_bytes == 0) return;
    // Beyond a control group's limit there is no other node to spill to.
    if (plan.machine.memory_limit_bytes > 0) {
        plan.warnings.push_back(fmt::format(
            "placement {}: the forecast {} is more than its share {} of the memory limit {}: the kernel kills what "
            "goes beyond the limit; ask for more memory, or give fewer instances (--instances) or workers "
            "(--num-workers)",
            placement.index, format_bytes(need), format_bytes(placement.memory_bytes),
            format_bytes(plan.machine.memory_limit_bytes)));
        return;
    }
    if (placement.mem_policy == MemPolicy::local) return;  // it may take pages from anywhere
    placement.mem_policy = MemPolicy::preferred_many;
    plan.warnings.push_back(
        fmt::format("placement {}: the forecast {} is more than its memory {}; pages may spill to other nodes (policy "
                    "preferred-many)",
                    placement.index, format_bytes(need), format_bytes(placement.memory_bytes)));
}

void plan_nlsq(Plan& plan, const AnalysisRequest& request, const Facts& facts, const RunFolder& folder) {
    const auto learned = learned_factor(request, facts, "nlsq");
    const auto need = scaled(forecast_nlsq_bytes(facts), learned);
    Placement where = largest(plan.placements);
    const bool in_memory = nlsq_fits_in_memory(facts, where.memory_bytes);
    if (where.memory_bytes > 0 && (need > where.memory_bytes || !in_memory) && plan.placements.size() > 1) {
        where = whole_machine(plan);
        plan.whole_machine = where;
        plan.reasons.push_back(
            fmt::format("nlsq: {}, so it runs on all of them, interleaved",
                        in_memory ? fmt::format("the forecast {} fits no single placement", format_bytes(need))
                                  : fmt::format("homodyne's {:.1f} GiB of Jacobian fit into no single placement",
                                                nlsq_memory(facts.data_points, facts.nlsq_parameters, 0).peak_gib)));
    } else {
        choose_policy(plan, plan.placements[where.index], need);
        plan.reasons.push_back(fmt::format(
            "nlsq: one instance on placement {} (forecast {} of {}{})", where.index, format_bytes(need),
            where.memory_bytes > 0 ? format_bytes(where.memory_bytes) : "unknown memory", describe(learned)));
    }
    check_nlsq_memory(facts, where.memory_bytes);
    if (facts.stratification_set) plan.reasons.push_back(describe_stratification(facts));
    auto instance = nlsq_instance(where, folder.nlsq(), request);
    instance.on_whole_machine = plan.whole_machine.has_value();
    plan.stages.push_back({"nlsq", {instance}});
}

std::vector<std::string> cmc_arguments(const PartFolder& part, const AnalysisRequest& request, const Facts& facts,
                                       const RunFolder& folder) {
    const auto warm_start = request.nlsq_result.empty() ? folder.nlsq().out() : request.nlsq_result;
    std::vector<std::string> out{"--config", part.config(), "--method", "cmc", "--nlsq-result", warm_start};
    if (facts.num_shards_forced && request.split == Split::shards)
        append(out, {"--cmc-num-shards", std::to_string(*facts.num_shards_forced)});
    append(out, {"--output-dir", part.out()});
    return out;
}

void add_part(Plan& plan, Stage& stage, Part part, Placement& placement, const AnalysisRequest& request,
              const Facts& facts, const RunFolder& folder) {
    part.index = static_cast<unsigned>(plan.parts.size());
    part.memory_bytes = scaled(forecast_cmc_bytes(facts, part.workers), learned_factor(request, facts, "cmc"));
    choose_policy(plan, placement, part.memory_bytes);
    const auto part_folder = folder.part(part.index);
    auto instance =
        make_instance(part.index, placement, part_folder, request, request.mode, part.workers, facts.chains);
    const auto arguments = cmc_arguments(part_folder, request, facts, folder);
    instance.argv.insert(instance.argv.end(), arguments.begin(), arguments.end());
    stage.instances.push_back(std::move(instance));
    plan.parts.push_back(std::move(part));
}

// Devices are never fewer than chains, so that all workers times chains compute at once (docs/decisions/009). One line
// for all placements that are alike.
void warn_of_turns(Plan& plan, const Stage& stage, unsigned chains) {
    std::map<std::pair<unsigned, unsigned>, IdSet> alike;  // workers and PUs, to placements
    for (const auto& instance : stage.instances) {
        const auto workers = plan.parts[instance.part].workers;
        const auto pus = static_cast<unsigned>(plan.placements[instance.placement].cpus.size());
        if (std::uint64_t{workers} * chains > pus) alike[{workers, pus}].insert(instance.placement);
    }
    for (const auto& [layout, placements] : alike) {
        const auto [workers, pus] = layout;
        plan.warnings.push_back(
            fmt::format("placement{} {}: {} worker{} x {} chain{} on {} PU{}: they take turns; {}a larger placement "
                        "runs them at once",
                        placements.size() == 1 ? "" : "s", placements.str(), workers, workers == 1 ? "" : "s", chains,
                        chains == 1 ? "" : "s", pus, pus == 1 ? "" : "s",
                        pus >= chains ? fmt::format("--num-workers {} or ", pus / chains) : ""));
    }
}

// Measured on two PUs: a sampling worker has 17 threads, its root 20; XLA's pools grow with the PUs that each has. With
// fewer than a dozen none comes to sampling.
TaskNeed tasks_of(const Plan& plan, const Stage& stage) {
    constexpr std::uint64_t least = 12, fixed = 13, a_pu = 4;
    TaskNeed out{1, 1, ""};
    unsigned most_workers = 0;
    for (const auto& instance : stage.instances) {
        const auto workers = std::max(1U, plan.parts[instance.part].workers);
        const auto pus = plan.placements[instance.placement].cpus.size();
        const auto share = std::max<std::uint64_t>(1, pus / workers);
        most_workers = std::max(most_workers, workers);
        out.least += 1 + least * (workers + 1);
        out.likely += 2 + (fixed + a_pu * share) * (workers + 1);
    }
    out.of = fmt::format("{} instance{} of {} worker{}", stage.instances.size(), stage.instances.size() == 1 ? "" : "s",
                         most_workers, most_workers == 1 ? "" : "s");
    return out;
}

void plan_shards(Plan& plan, Stage& stage, const AnalysisRequest& request, const Facts& facts,
                 const RunFolder& folder) {
    std::vector<unsigned> todo;
    std::vector<double> costs, weights;
    for (unsigned shard = 0; shard < facts.num_shards; ++shard) {
        if (request.captured.contains(shard)) continue;
        todo.push_back(shard);
        costs.push_back(facts.shards[shard].cost);
    }
    for (const auto& placement : plan.placements)
        weights.push_back(static_cast<double>(planned_workers(placement, request, facts)));
    const auto dealt = deal_shards(todo, costs, weights);
    for (std::size_t p = 0; p < dealt.size(); ++p) {
        if (dealt[p].empty()) continue;
        Part part;
        part.kind = "shards";
        part.shards = dealt[p];
        for (const auto shard : dealt[p]) part.cost += facts.shards[shard].cost;
        part.workers = std::min(static_cast<unsigned>(weights[p]), static_cast<unsigned>(dealt[p].size()));
        add_part(plan, stage, std::move(part), plan.placements[p], request, facts, folder);
    }
    plan.reasons.push_back(fmt::format(
        "shards: {} of {} points in all, {}", facts.num_shards, facts.points,
        facts.num_shards_by_user ? "as the YAML says"
        : facts.num_shards_forced
            ? fmt::format("raised from homodyne's own choice to fill {} placements (at least {} points each)",
                          plan.placements.size(), facts.min_points_per_shard)
            : "homodyne's own choice"));
    if (!request.captured.empty())
        plan.reasons.push_back(
            fmt::format("resume: {} of {} shards are captured already", request.captured.size(), facts.num_shards));
}

// Its workers answer rounds that depend on the answers of the round before: there are no parts to plan.
void plan_exact(Plan& plan, const AnalysisRequest& request, const Facts& facts) {
    if (!facts.known)
        throw usage_error(
            "homodyne {} is no version whose model the hooks know as a density (2.23.3); leave --posterior out",
            facts.version);
    plan.reasons.push_back(fmt::format(
        "posterior: exact, of {} points at once, until {:.0f} effective draws are certified; no shards, no NUTS",
        facts.points, request.posterior.effective_draws));
    const auto need = forecast_exact_bytes(facts);
    plan.reasons.push_back(fmt::format("posterior: about {} for the process that reads the scan, {} for each other one",
                                       format_bytes(need), format_bytes(density_worker_bytes)));
    if (const auto memory = largest(plan.placements).memory_bytes; memory > 0 && need > memory)
        plan.warnings.push_back(fmt::format(
            "posterior: the forecast {} of the process that reads the scan is more than its placement's {}; "
            "pages may spill to other nodes",
            format_bytes(need), format_bytes(memory)));
    plan.stages.push_back({"posterior", {}});
}

void plan_whole_runs(Plan& plan, Stage& stage, const AnalysisRequest& request, const Facts& facts,
                     const RunFolder& folder) {
    for (auto& placement : plan.placements) {
        Part part;
        part.kind = request.split == Split::replicas ? "replica" : "whole";
        part.cost = static_cast<double>(facts.points);
        const auto workers = planned_workers(placement, request, facts);
        part.workers = facts.num_shards > 0 ? std::min(workers, facts.num_shards) : workers;
        add_part(plan, stage, std::move(part), placement, request, facts, folder);
        if (request.split == Split::none) break;
    }
}

}  // namespace

Placement whole_machine(const Plan& plan) {
    Placement out = plan.placements.front();
    for (const auto& placement : plan.placements) {
        out.cpus = out.cpus | placement.cpus;
        out.mems = out.mems | placement.mems;
    }
    out.cores = cores_of(plan.placements);
    out.memory_bytes = plan.machine.memory_bytes;
    if (out.mem_policy != MemPolicy::local) out.mem_policy = MemPolicy::interleave;
    return out;
}

// homodyne's ways for a Jacobian that does not fit the memory it sees are broken in 2.23.3: they end at the bounds, or
// "failed" with exit code 0.
bool nlsq_fits_in_memory(const Facts& facts, std::uint64_t memory_bytes) {
    return !facts.known || memory_bytes == 0 ||
           nlsq_memory(facts.data_points, facts.nlsq_parameters, memory_bytes).strategy == NlsqStrategy::standard;
}

void check_nlsq_memory(const Facts& facts, std::uint64_t memory_bytes) {
    if (nlsq_fits_in_memory(facts, memory_bytes)) return;
    const auto memory = nlsq_memory(facts.data_points, facts.nlsq_parameters, memory_bytes);
    throw usage_error(
        "NLSQ of {} points and {} parameters needs {:.1f} GiB at its peak, more than the {:.1f} GiB that homodyne lets "
        "it have here (0.75 of {}): it would go {}, which is broken in homodyne {}; use a machine with {:.0f} GiB, "
        "fewer frames (analyzer_parameters.end_frame) or angles (phi_filtering), or give a fit with --nlsq-result",
        facts.data_points, facts.nlsq_parameters, memory.peak_gib, memory.threshold_gib, format_bytes(memory_bytes),
        to_string(memory.strategy), facts.version, std::ceil(memory.peak_gib / default_memory_fraction));
}

Instance bare_instance(const Placement& placement, const PartFolder& folder, const AnalysisRequest& request) {
    return make_instance(0, placement, folder, request, Mode::nlsq, 1, 0);
}

Instance nlsq_instance(const Placement& placement, const PartFolder& folder, const AnalysisRequest& request) {
    auto instance = bare_instance(placement, folder, request);
    append(instance.argv, {"--config", folder.config(), "--method", "nlsq", "--output-dir", folder.out()});
    return instance;
}

Instance survey_instance(const Placement& placement, const PartFolder& folder, const AnalysisRequest& request) {
    auto instance = bare_instance(placement, folder, request);
    append(instance.argv, {"--config", folder.config()});
    return instance;
}

Instance evaluate_instance(const Placement& placement, const RunFolder& folder, const AnalysisRequest& request,
                           const Facts& facts) {
    auto instance = make_instance(0, placement, folder.evaluate(), request, Mode::nlsq, 1, 0);
    const auto arguments = cmc_arguments(folder.evaluate(), request, facts, folder);
    instance.argv.insert(instance.argv.end(), arguments.begin(), arguments.end());
    return instance;
}

void plan_analysis(Plan& plan, const AnalysisRequest& request, const Facts& facts, const RunFolder& folder) {
    if (request.split == Split::shards && !facts.known && wants_cmc(request.mode, facts.yaml_method))
        throw usage_error(
            "homodyne {} is no version whose shards the hooks know how to split (2.23.3); use --split replicas, or "
            "--hooks off"
            " with --instances 1",
            facts.version);
    if (request.split == Split::replicas && facts.num_shards > 1)
        throw usage_error(
            "homodyne would cut each replica into {} shards and keep its own combination of them, which are no draws "
            "to pool; leave"
            " --split replicas out, or set optimization.cmc.enable: false for data that one shard can hold",
            facts.num_shards);
    for (const auto& note : facts.config_notes) plan.warnings.push_back("the YAML, " + note.str());
    for (auto& trap : lint_xla_flags(request.user_xla_flags)) plan.warnings.push_back(std::move(trap));
    if (request.nlsq_result.empty()) plan_nlsq(plan, request, facts, folder);
    if (request.captured.empty())
        if (auto idle = idle_warning(plan.placements, request.nodes, request, facts))
            plan.warnings.push_back(std::move(*idle));
    if (!wants_cmc(request.mode, facts.yaml_method)) return;
    if (request.posterior.is_exact()) {
        plan_exact(plan, request, facts);
        return;
    }
    if (facts.known && request.split == Split::shards) {
        const auto cores = cores_of(plan.placements);
        plan.reasons.push_back("posterior: " + describe_exact(facts, cores, request.posterior.effective_draws));
    }
    if (facts.known && facts.num_shards == 0)
        throw infrastructure_error("the survey names no shard; this is a bug of hlaunch");
    if (const auto learned = learned_factor(request, facts, "cmc"); learned.runs > 0)
        plan.reasons.push_back("cmc: forecast of each part" + describe(learned));
    Stage stage{"cmc", {}};
    if (request.split == Split::shards)
        plan_shards(plan, stage, request, facts, folder);
    else
        plan_whole_runs(plan, stage, request, facts, folder);
    check_tasks(plan, tasks_of(plan, stage));
    // An unknown version does not tell its shards, and so not its workers either.
    if (facts.known) warn_of_turns(plan, stage, facts.chains);
    plan.stages.push_back(std::move(stage));
}

}  // namespace hlaunch::homodyne
