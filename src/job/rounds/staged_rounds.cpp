#include "job/rounds/staged_rounds.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "homodyne/plan/forecast.h"
#include "homodyne/plan/task_file.h"
#include "job/session/run_rules.h"
#include "job/session/stage_instance.h"
#include "job/session/stage_run.h"
#include "job/session/warm_servers.h"
#include "os/files/file.h"

namespace hlaunch {
namespace {

// A process costs its imports: 4 s of CPU and 0.6 GiB. Fewer points are quicker without another one.
constexpr std::uint64_t least_points_a_worker = 8192;

}  // namespace

Plan plan_of_density_workers(const Plan& plan, std::uint64_t points) {
    auto out = plan;
    out.placements.clear();
    const auto most = std::max<std::uint64_t>(1, points / least_points_a_worker);
    for (unsigned round = 0; out.placements.size() < most; ++round) {
        const auto before = out.placements.size();
        for (const auto& placement : plan.placements) {
            const auto memory =
                placement.memory_bytes == 0 ? ~0ULL : placement.memory_bytes / homodyne::density_worker_bytes;
            if (round >= placement.cores || (round > 0 && round >= memory) || out.placements.size() >= most) continue;
            auto worker = placement;
            worker.index = static_cast<unsigned>(out.placements.size());
            worker.cores = 1;
            out.placements.push_back(std::move(worker));
        }
        if (out.placements.size() == before) break;
    }
    return out;
}

StagedRounds::StagedRounds(JobContext& context, Plan plan)
    : context_(context),
      plan_(std::move(plan)),
      launcher_(context.launcher, server_speech(context, plan_, [this](unsigned slot, const ServerPipes& pipes) {
                    return homodyne::density_task(plan_.placements.at(slot), server_memory_prefix(context_, slot),
                                                  pipes.requests, pipes.replies);
                })) {}

unsigned StagedRounds::processes() const {
    return static_cast<unsigned>(plan_.placements.size());
}

void StagedRounds::run_round(const Requests& requests) {
    const auto folder_of = [&](unsigned process) {
        return PartFolder{fmt::format("{}/workers/{}", context_.folder.posterior(), process)};
    };
    std::vector<StageInstance> instances;
    for (unsigned process = 0; process < processes(); ++process) {
        const auto request = requests(process);
        if (request.is_null()) continue;
        const auto folder = folder_of(process);
        ensure_directory(folder.root);
        replace_quietly(folder.task(), request.dump());
        auto instance = to_stage_instance(context_, plan_,
                                          homodyne::bare_instance(plan_.placements[process], folder, context_.request),
                                          folder, fmt::format("density worker {}", process));
        instance.part = instance.placement = process;
        instance.proof_path.clear();
        instance.usage_path.clear();
        instance.worker_sign.clear();
        // One that was killed has computed nothing that counts: its round is asked again.
        instance.judge = [](Outcome outcome, const ExitStatus&) -> std::optional<Outcome> {
            if (outcome == Outcome::killed) return Outcome::lost;
            return std::nullopt;
        };
        instances.push_back(std::move(instance));
    }
    StageRunner runner(context_.clock, launcher_, nullptr, silent_, context_.deadline,
                       rules_of(context_.limits, context_.folder.root), context_.feed);
    const auto result = runner.run("posterior", std::move(instances));
    check_in_time(result);
    for (const auto& worker : result.instances)
        if (worker.outcome != Outcome::done)
            throw explain_end(fmt::format("density worker {}", worker.part), worker, folder_of(worker.part));
}

}  // namespace hlaunch
