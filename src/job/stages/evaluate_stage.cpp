#include "job/stages/evaluate_stage.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/error.h"
#include "homodyne/plan/task_file.h"
#include "homodyne/results/outputs_merge.h"
#include "job/request/content_hash.h"
#include "job/results/shard_folders.h"
#include "job/session/stage_instance.h"
#include "job/session/stage_run.h"
#include "merge/npz/npy_matrix.h"
#include "merge/npz/npz.h"
#include "os/files/file.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

Draws read_draws(const std::string& path) {
    const NpzReader npz{fs::path(path)};
    const auto samples = npz.read("samples");
    Draws out;
    out.names = npz.read("param_names").strings();
    if (samples.shape().size() != 2 || samples.shape()[1] != out.names.size())
        throw failure("{} is not of the form the hooks write", path);
    out.values = matrix_of(samples, samples.shape()[1]);
    return out;
}

void run_evaluation(JobContext& context, const Plan& plan, const homodyne::Facts& facts, unsigned chains,
                    const std::string& own_combination) {
    const auto folder = context.folder.evaluate();
    const auto& placement = plan.placements.front();
    prepare_part(folder,
                 homodyne::evaluate_task(placement, shard_folders(context.folder),
                                         context.folder.merged() + "/cmc/samples.npz", chains, own_combination,
                                         context.analysis.plots, shared_memory_prefix(context, "evaluate")),
                 context.folder.survey().config());
    const auto instance = homodyne::evaluate_instance(placement, context.folder, context.request, facts);
    auto stage_instance = to_stage_instance(context, plan, instance, folder, "evaluate");
    stage_instance.worker_sign.clear();
    context.display.note("hlaunch: merged; evaluating homodyne's model at the merged parameters");
    run_alone(context, "evaluate", std::move(stage_instance));
}

std::string own_combination_of(const PartFolder& evaluate) {
    return evaluate.root + "/own_combination.npz";
}

// These very draws, by a former start of this run.
bool is_evaluated(const JobContext& context, const std::string& draws) {
    const auto& evaluated = context.journal.history().evaluated;
    const auto found = evaluated.find(draws);
    return found != evaluated.end() && (found->second || !context.analysis.plots) &&
           fs::exists(context.folder.evaluate().out() + "/cmc/fitted_data.npz");
}

// Unless a former start has, these very draws. combination: the application's own of the captured shards is wanted,
// too.
void ensure_evaluated(JobContext& context, const Plan& plan, const homodyne::Facts& facts, unsigned chains,
                      bool combination) {
    const auto folder = context.folder.evaluate();
    const auto own_combination = own_combination_of(folder);
    const auto draws = hash_file(context.folder.merged() + "/cmc/samples.npz");
    if (is_evaluated(context, draws) && (!combination || fs::exists(own_combination))) return;
    remove_whole(own_combination);
    remove_whole(folder.out());
    run_evaluation(context, plan, facts, chains, own_combination);
    context.journal.append(events::Evaluated{.hash = draws, .plots = context.analysis.plots});
}

// Evaluated by homodyne's own model at the merged parameters: its files are ours to hand on.
void take_evaluation_over(const JobContext& context) {
    for (const auto& entry : fs::directory_iterator(context.folder.evaluate().out() + "/cmc")) {
        const auto name = entry.path().filename().string();
        if (name == "fitted_data.npz" || entry.path().extension() == ".png")
            write_atomically(fs::path(context.folder.merged()) / "cmc" / name, read_text_inside(entry.path()));
    }
}

}  // namespace

std::vector<std::string> evaluate_merged(JobContext& context, const Plan& plan, const homodyne::Facts& facts,
                                         std::span<const ShardFile> shards, MergeReport& report) {
    try {
        ensure_evaluated(context, plan, facts, static_cast<unsigned>(shards.front().columns.chains), true);
        report.comparison = compare(report.draws, read_draws(own_combination_of(context.folder.evaluate())),
                                    "homodyne's own combination of the same shards");
        take_evaluation_over(context);
        return {};
    } catch (const std::exception& error) {
        return {fmt::format("homodyne's own combination and fitted_data.npz are missing: {}", error.what())};
    }
}

std::vector<std::string> evaluate_draws(JobContext& context, const Plan& plan, const homodyne::Facts& facts,
                                        unsigned chains) {
    try {
        ensure_evaluated(context, plan, facts, chains, false);
        take_evaluation_over(context);
        return {};
    } catch (const std::exception& error) {
        return {fmt::format("fitted_data.npz and the pictures are missing: {}", error.what())};
    }
}

}  // namespace hlaunch
