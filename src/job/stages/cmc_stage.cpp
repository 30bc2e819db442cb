#include "job/stages/cmc_stage.h"

#include <fmt/format.h>

#include <utility>

#include "homodyne/plan/forecast.h"
#include "job/session/stage_run.h"
#include "job/session/usage_picture.h"
#include "job/stages/cmc_instances.h"
#include "job/stages/memory_record.h"
#include "job/stages/profiling.h"

namespace hlaunch {

void run_cmc(JobContext& context, const Plan& plan, const Stage& stage, const homodyne::Facts& facts,
             const std::string& key) {
    auto instances = prepare_cmc(context, plan, stage, facts, key);
    if (instances.empty()) {
        context.display.note("hlaunch: all of stage cmc is done already");
        return;
    }
    std::size_t shards = 0;
    for (const auto& part : plan.parts) shards += part.shards.size();
    context.display.note(fmt::format("hlaunch: cmc, {} on {} placement{}",
                                     context.request.split != homodyne::Split::shards ? "whole runs"
                                     : shards == facts.num_shards
                                         ? fmt::format("{} shards", shards)
                                         : fmt::format("{} of {} shards", shards, facts.num_shards),
                                     instances.size(), instances.size() == 1 ? "" : "s"));
    auto runner = runner_of(context);
    const auto result = runner.run("cmc", std::move(instances));
    write_usage_picture(context.folder, plan);
    check_in_time(result);
    for (const auto& part : result.instances) {
        const auto folder = context.folder.part(part.part);
        const auto& planned = plan.parts[part.part];
        record_memory(
            context, {"cmc", facts.version, planned.memory_bytes, homodyne::forecast_cmc_bytes(facts, planned.workers)},
            part);
        note_profiles(context, folder, fmt::format("part {:03}", part.part));
        if (part.outcome != Outcome::done) throw explain_end(fmt::format("part {:03}", part.part), part, folder);
    }
}

}  // namespace hlaunch
