#include "job/analysis/merge_stage.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "homodyne/config/remedies.h"
#include "homodyne/results/outputs_merge.h"
#include "homodyne/results/shard_file.h"
#include "job/posterior/certificate.h"
#include "job/results/captured_shards.h"
#include "job/results/merged_folder.h"
#include "job/results/nlsq_fit.h"
#include "job/results/weighted_answer.h"
#include "job/stages/evaluate_stage.h"
#include "os/files/file.h"
#include "run/journal/worker_runs.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

// What failed in the NLSQ fit that this run is built on, and was let pass.
void note_accepted_nlsq(const JobContext& context, const homodyne::Facts& facts, std::vector<std::string>& accepted,
                        std::vector<std::string>& warnings) {
    std::vector<std::string> problems;
    if (!context.request.nlsq_result.empty())
        problems = problems_of_given_fit(context.request.nlsq_result, facts.given_fit);
    else if (const auto fit = judge_nlsq(context.folder.nlsq()))
        problems = fit->problems;
    if (problems.empty()) return;
    accepted.emplace_back("nlsq");
    warnings.push_back(fmt::format("nlsq failed and was let pass (--accept): {}", fmt::join(problems, "; ")));
}

// Of each part's last try, also on other nodes: that a part's threads or memory were elsewhere than planned changes no
// draw, but how long they took.
void note_broken_promises(const JobContext& context, std::vector<std::string>& warnings) {
    std::map<std::string, std::vector<std::string>> broken;
    const auto take = [&](const RunHistory& history, const std::string& whose) {
        for (const auto& [which, instance] : history.instances) {
            const auto& [stage, part] = which;
            if (stage == "nlsq" || stage == "cmc")
                broken[whose + (stage == "cmc" ? fmt::format("part {:03}", part) : stage)] = instance.proof;
        }
    };
    take(context.journal.history(), "");
    for (const auto& worker : worker_runs(context.folder))
        take(history_of(worker), fs::path(worker.root).filename().string() + ", ");
    for (const auto& [part, promises] : broken)
        for (const auto& promise : promises) warnings.push_back(fmt::format("{}: not as planned, {}", part, promise));
}

MergedRun describe_run(const homodyne::Facts& facts, const JobContext& context) {
    MergedRun run;
    run.analysis_mode = facts.analysis_mode;
    run.n_warmup = facts.warmup;
    run.timestamp = utc_text(context.clock.wall());
    return run;
}

// Files are copied under temporary names: a reader of merged/ sees whole files.
void copy_files(const std::string& from, const std::string& to) {
    ensure_directory(to);
    for (const auto& entry : fs::directory_iterator(from))
        if (fs::is_regular_file(entry.symlink_status()))
            write_atomically(fs::path(to) / entry.path().filename(), read_text_inside(entry.path()));
}

MergeOutcome merge_shard_run(JobContext& context, const Plan& plan, const homodyne::Facts& facts,
                             const std::string& key) {
    const auto shards = load_shards(context.folder);
    ShardMergeRequest request;
    request.config = read_parameter_space(context.folder.survey().config());
    request.accepted = accepted_in_merge(context.analysis, GateKind::shards);
    if (shards.size() < facts.num_shards)
        throw failure("{} of {} shards are captured; the same command again runs the rest", shards.size(),
                      facts.num_shards);
    request.remedies = homodyne::remedies(facts);
    auto report = merge_shards(shards, request);
    if (context.request.repair_priors && facts.num_shards > 1)
        report.warnings.push_back(
            "homodyne's workers lose the YAML's bounds and priors when it shards; hlaunch's hook gave them back"
            " (check 'priors')");
    if (facts.stratification_set && context.request.nlsq_result.empty())
        report.warnings.push_back(homodyne::describe_stratification(facts));
    note_accepted_nlsq(context, facts, report.accepted, report.warnings);
    note_broken_promises(context, report.warnings);
    const auto run = describe_run(facts, context);
    WeightedAnswer answer{.report = std::move(report)};
    if (context.request.posterior.is_automatic()) {
        const SiteMap sites(shards.front().meta->sites, shards.front().meta->times);
        answer = settle_posterior(context, plan, facts, key, &sites, std::move(answer.report));
    }
    write_answer(context.folder.merged(), answer, run);
    MergeOutcome out;
    out.passed = answer.report.passed();
    if (out.passed && answer.report.kind == GateKind::shards) {
        out.notes = evaluate_merged(context, plan, facts, shards, answer.report);
        write_answer(context.folder.merged(), answer, run);
    }
    out.report = std::move(answer.report);
    return out;
}

MergeOutcome merge_replica_run(JobContext& context, const Plan& plan, const homodyne::Facts& facts) {
    std::vector<OutputFolder> folders;
    for (const auto& part : plan.parts) folders.push_back(load_output_folder(context.folder.part(part.index).out()));
    auto report = merge_replica_folders(folders, accepted_in_merge(context.analysis, GateKind::replicas));
    note_accepted_nlsq(context, facts, report.accepted, report.warnings);
    note_broken_promises(context, report.warnings);
    give_remedies(GateKind::replicas, homodyne::remedies(facts), report.checks);
    auto run = describe_run(facts, context);
    if (run.analysis_mode.empty()) run.analysis_mode = folders.front().analysis_mode;
    write_merged(context.folder.merged(), report, run);
    MergeOutcome out;
    out.passed = report.passed();
    out.report = std::move(report);
    return out;
}

// Hooks off: the application's own result, as it is.
MergeOutcome take_over_whole_run(JobContext& context, const Plan& plan) {
    const auto from = context.folder.part(plan.parts.front().index).out() + "/cmc";
    if (!fs::exists(from + "/samples.npz"))
        throw failure("homodyne ended well but left no {}/samples.npz; see {}", from,
                      context.folder.part(0).stderr_log());
    copy_files(from, context.folder.merged() + "/cmc");
    const nlohmann::json record{
        {"format", "hlaunch-merge"},
        {"version", 1},
        {"kind", "whole"},
        {"method", "homodyne's own, copied"},
        {"checks", nlohmann::json::array()},
        {"accepted", nlohmann::json::array()},
        {"warnings", {"the hooks were off: priors, worker count and combination are homodyne's"}}};
    write_atomically(context.folder.merged() + "/merge.json", record.dump(1) + "\n");
    return {.passed = true, .report = {}, .notes = {"the hooks were off: this is homodyne's own result, unchecked"}};
}

}  // namespace

MergeOutcome merge_run(JobContext& context, const Plan& plan, const homodyne::Facts& facts, const std::string& key) {
    switch (context.request.split) {
        case homodyne::Split::shards:
            return merge_shard_run(context, plan, facts, key);
        case homodyne::Split::replicas:
            return merge_replica_run(context, plan, facts);
        case homodyne::Split::none:
            break;
    }
    return take_over_whole_run(context, plan);
}

MergeOutcome take_over_nlsq(JobContext& context, const homodyne::Facts& facts) {
    const auto from = context.folder.nlsq().out() + "/nlsq";
    copy_files(from, context.folder.merged() + "/nlsq");
    const auto path = context.folder.merged() + "/nlsq/parameters.json";
    auto parameters = nlohmann::ordered_json::parse(read_text(path));
    std::vector<std::string> accepted, warnings;
    note_accepted_nlsq(context, facts, accepted, warnings);
    note_broken_promises(context, warnings);
    if (!accepted.empty()) {  // whoever reads this file alone is told, too
        parameters["accepted"] = {{{"check", "nlsq"}, {"text", warnings.front()}}};
        write_atomically(path, parameters.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    }
    if (facts.stratification_set) warnings.push_back(homodyne::describe_stratification(facts));
    nlohmann::json record{{"format", "hlaunch-merge"},
                          {"version", 1},
                          {"kind", "nlsq"},
                          {"method", "one fit of all the data"},
                          {"checks", nlohmann::json::array()},
                          {"accepted", accepted},
                          {"warnings", warnings}};
    write_atomically(context.folder.merged() + "/merge.json", record.dump(1) + "\n");
    return {.passed = true, .report = {}, .notes = std::move(warnings)};
}

}  // namespace hlaunch
