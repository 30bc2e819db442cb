#include "job/stages/survey_stage.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "homodyne/plan/task_file.h"
#include "job/results/nlsq_fit.h"
#include "job/session/stage_instance.h"
#include "job/session/stage_run.h"
#include "os/files/file.h"

namespace hlaunch {

std::string replica_config(const RunFolder& folder, unsigned replica) {
    return fmt::format("{}/config-{:03}.yaml", folder.survey().root, replica);
}

homodyne::Facts survey(JobContext& context, const Plan& here, unsigned placements) {
    const auto folder = context.folder.survey();
    const auto& request = context.request;
    const auto& config = context.analysis.config;
    std::map<unsigned, std::string> replicas;
    const unsigned seeds = request.split == homodyne::Split::replicas ? placements
                           : request.short_run                        ? request.short_run->seeds
                                                                      : 0;
    for (unsigned i = 0; i < seeds; ++i) replicas[i] = replica_config(context.folder, i);
    const auto facts_path = folder.root + "/facts.json";
    std::filesystem::remove(facts_path);
    auto fit_to_examine = request.nlsq_result;
    // Of a former hlaunch that did not examine its fits.
    if (const auto own = context.folder.nlsq(); fit_to_examine.empty() && !is_examined(own)) fit_to_examine = own.out();
    prepare_part(folder,
                 homodyne::survey_task(config.empty() ? "" : std::filesystem::absolute(config).string(),
                                       std::filesystem::current_path().string(), context.folder, request, placements,
                                       replicas, fit_to_examine),
                 "");
    auto stage_instance = to_stage_instance(
        context, here, homodyne::survey_instance(here.placements.front(), folder, request), folder, "survey");
    // Nothing is known yet of the size: a hard binding could kill it while other nodes are free.
    if (auto& policy = stage_instance.spec.binding->policy; policy != MemPolicy::local)
        policy = MemPolicy::preferred_many;
    stage_instance.worker_sign.clear();
    stage_instance.proof_path.clear();
    stage_instance.usage_path.clear();
    context.display.note(config.empty() ? "hlaunch: asking the application for its versions"
                                        : fmt::format("hlaunch: reading {} and its data", config));
    run_alone(context, "survey", std::move(stage_instance));
    const auto text = try_read_text(facts_path);
    if (!text)
        throw infrastructure_error(
            "'{}' ran without hlaunch's hooks (PYTHONPATH is ignored?); give the real homodyne with --app, not a "
            "Python started with -I or -E",
            fmt::join(request.app, " "));
    return homodyne::facts_from_json(nlohmann::json::parse(*text), context.analysis.config);
}

}  // namespace hlaunch
