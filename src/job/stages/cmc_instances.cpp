#include "job/stages/cmc_instances.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "homodyne/app/ends.h"
#include "homodyne/plan/task_file.h"
#include "job/session/stage_instance.h"
#include "job/stages/profiling.h"
#include "job/stages/shard_progress.h"
#include "job/stages/staged_config.h"
#include "job/stages/survey_stage.h"
#include "os/files/file.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

// A whole run that ended well before; shards are looked after one by one instead (captured_shards).
bool whole_run_is_done(const JobContext& context, const Part& part) {
    if (part.kind == "shards" || !fs::exists(context.folder.part(part.index).out() + "/cmc/samples.npz")) return false;
    const auto& instances = context.journal.history().instances;
    const auto found = instances.find({"cmc", part.index});
    return found != instances.end() && found->second.ended_well;
}

// Written under a temporary name and renamed: what is there is whole.
bool is_there(const PartFolder& folder, unsigned shard) {
    return fs::exists(fmt::format("{}/{:05}.npz", folder.shards(), shard));
}

class Preparation {
  public:
    Preparation(JobContext& context, const Plan& plan, const homodyne::Facts& facts, std::string key)
        : context_(context), plan_(plan), facts_(facts), key_(std::move(key)) {}

    [[nodiscard]] StageInstance prepare(const Instance& instance, const Part& part,
                                        std::optional<unsigned> workers) const {
        const auto& placement = plan_.placements[instance.placement];
        const auto folder = context_.folder.part(part.index);
        const auto id = fmt::format("{:03}", part.index);
        const auto config =
            part.kind == "replica" ? replica_config(context_.folder, part.index) : context_.folder.survey().config();
        auto request = context_.request;
        if (workers) request.num_workers = workers;
        auto task =
            homodyne::part_task(part, placement, request, facts_, folder, key_, shared_memory_prefix(context_, id));
        if (context_.order.compile_only) task["warm"] = folder.shards();
        prepare_part(folder, profiled(std::move(task), context_.analysis, folder),
                     staged_config(context_, plan_.placements, placement, facts_, folder, config));
        auto out = to_stage_instance(context_, plan_, instance, folder, "part " + id);
        out.shm_prefix = shared_memory_prefix(context_, id);
        const auto planned = workers ? std::min(*workers, part.workers) : part.workers;
        out.planned_workers = facts_.num_shards > 1 || part.kind != "shards" ? planned : 0;
        out.forecast_bytes = part.memory_bytes;
        out.memory_bytes = placement.memory_bytes;
        if (part.kind == "shards") {
            out.units_dir = folder.shards();
            out.units_total = static_cast<unsigned>(part.shards.size());
            out.units_before = count_units(folder.shards());
            if (!context_.order.compile_only) out.read_unit = shard_news;
        }
        out.cost = part.cost;
        out.expected_s = context_.journal.history().expected_seconds("cmc", part.cost);
        out.judge = judge_of(folder);
        out.again = [*this, instance, part, planned](Outcome outcome) {
            return again(instance, part, outcome == Outcome::out_of_memory ? std::max(1U, planned / 2) : planned);
        };
        return out;
    }

  private:
    [[nodiscard]] StageInstance again(const Instance& instance, Part part, unsigned workers) const {
        std::erase_if(part.shards, [&](unsigned shard) { return is_there(context_.folder.part(part.index), shard); });
        return prepare(instance, part, workers);
    }

    JobContext& context_;
    const Plan& plan_;
    const homodyne::Facts& facts_;
    std::string key_;
};

}  // namespace

std::vector<StageInstance> prepare_cmc(JobContext& context, const Plan& plan, const Stage& stage,
                                       const homodyne::Facts& facts, const std::string& key) {
    const Preparation preparation(context, plan, facts, key);
    std::vector<StageInstance> out;
    for (const auto& instance : stage.instances) {
        const auto& part = plan.parts[instance.part];
        if (!whole_run_is_done(context, part)) out.push_back(preparation.prepare(instance, part, {}));
    }
    return out;
}

std::function<std::optional<Outcome>(Outcome, const ExitStatus&)> judge_of(const PartFolder& folder) {
    return [folder](Outcome outcome, const ExitStatus& status) -> std::optional<Outcome> {
        if (outcome != Outcome::crashed) return std::nullopt;
        constexpr std::size_t enough = 16384;
        auto log = try_read_text(folder.stderr_log()).value_or("");
        if (log.size() > enough) log.erase(0, log.size() - enough);
        switch (homodyne::end_of(status.shell_code(), log)) {
            case homodyne::End::bad_input:
                return Outcome::bad_config;
            case homodyne::End::worker_died:
                return Outcome::lost;
            case homodyne::End::unknown:
                break;
        }
        return std::nullopt;
    };
}

}  // namespace hlaunch
