#include "job/evaluate_step.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/error.h"
#include "homodyne/environment.h"
#include "homodyne/outputs_merge.h"
#include "homodyne/task_file.h"
#include "job/start.h"
#include "merge/npz.h"
#include "os/file.h"

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
    const auto numbers = samples.numbers();
    using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    out.values = Eigen::Map<const RowMajor>(numbers.data(), static_cast<Eigen::Index>(samples.shape()[0]),
                                            static_cast<Eigen::Index>(samples.shape()[1]));
    return out;
}

void run_evaluation(JobContext& context, const Plan& plan, const homodyne::Facts& facts, unsigned chains,
                    const std::string& own_combination) {
    const auto folder = context.folder.evaluate();
    const auto& placement = plan.placements.front();
    std::vector<std::string> shard_dirs;
    for (const auto& part : fs::directory_iterator(context.folder.parts()))
        shard_dirs.push_back(part.path() / "shards");
    prepare_part(
        folder,
        homodyne::evaluate_task(placement, shard_dirs, context.folder.merged() + "/cmc/samples.npz", chains,
                                own_combination, context.options.plots, shared_memory_prefix(context, "evaluate")),
        context.folder.survey().config());
    const auto env = homodyne::instance_environment(placement, {.mode = homodyne::Mode::nlsq,
                                                                .workers = 1,
                                                                .chains = 0,
                                                                .shim_dir = context.request.shim_dir,
                                                                .user_python_path = context.request.user_python_path,
                                                                .user_xla_flags = context.request.user_xla_flags,
                                                                .task_file = folder.task(),
                                                                .jit_cache_dir = folder.jit_cache()});
    Instance instance;
    instance.placement = placement.index;
    instance.argv = context.request.app;
    const auto warm_start =
        context.request.nlsq_result.empty() ? context.folder.nlsq().out() : context.request.nlsq_result;
    instance.argv.insert(instance.argv.end(),
                         {"--config", folder.config(), "--method", "cmc", "--nlsq-result", warm_start});
    if (facts.num_shards_forced)
        instance.argv.insert(instance.argv.end(), {"--cmc-num-shards", std::to_string(*facts.num_shards_forced)});
    instance.argv.insert(instance.argv.end(), {"--output-dir", folder.out()});
    instance.env = env.set;
    instance.unset_env = env.unset;
    instance.cwd = folder.work();
    auto stage_instance = to_stage_instance(context, plan, instance, folder, "evaluate");
    stage_instance.worker_sign.clear();
    context.display.note("hlaunch: merged; evaluating homodyne's model at the merged parameters");
    run_alone(context, "evaluate", std::move(stage_instance));
}

}  // namespace

std::vector<std::string> evaluate_merged(JobContext& context, const Plan& plan, const homodyne::Facts& facts,
                                         std::span<const ShardFile> shards, MergeReport& report) {
    const auto folder = context.folder.evaluate();
    const auto own_combination = folder.root + "/own_combination.npz";
    try {
        fs::remove(own_combination);
        fs::remove_all(folder.out());
        run_evaluation(context, plan, facts, static_cast<unsigned>(shards.front().columns.chains), own_combination);
        report.comparison =
            compare(report.draws, read_draws(own_combination), "homodyne's own combination of the same shards");
        // Evaluated by homodyne's own model at the merged parameters: its file is ours to hand on.
        for (const auto& entry : fs::directory_iterator(folder.out() + "/cmc")) {
            const auto name = entry.path().filename().string();
            if (name == "fitted_data.npz" || entry.path().extension() == ".png")
                write_atomically(fs::path(context.folder.merged()) / "cmc" / name, read_text(entry.path()));
        }
        return {};
    } catch (const std::exception& error) {
        return {fmt::format("homodyne's own combination and fitted_data.npz are missing: {}", error.what())};
    }
}

}  // namespace hlaunch
