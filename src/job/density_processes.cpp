#include "job/density_processes.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "homodyne/forecast.h"
#include "job/start.h"
#include "job/warm_workers.h"
#include "merge/npy_matrix.h"
#include "os/file.h"

namespace hlaunch {
namespace {

using homodyne::DensityAnswer;

// A process costs its imports: 4 s of CPU and 0.6 GiB. Fewer points are quicker without another one.
constexpr std::uint64_t least_points_a_worker = 8192;

}  // namespace

std::vector<unsigned> cut_blocks(unsigned blocks, unsigned processes) {
    const auto used = std::max(1U, std::min(blocks, processes));
    std::vector<unsigned> out;
    for (unsigned i = 0; i <= processes; ++i)
        out.push_back(i >= used ? blocks : static_cast<unsigned>(std::uint64_t{blocks} * i / used));
    return out;
}

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

DensityProcesses::DensityProcesses(JobContext& context, const Plan& plan, std::string points, std::string key)
    : context_(context),
      plan_(plan),
      folder_(context.folder.posterior()),
      points_(std::move(points)),
      key_(std::move(key)),
      launcher_(context.launcher,
                server_speech(context, plan, [&context, &plan](unsigned slot, const ServerPipes& pipes) {
                    return homodyne::density_task(plan.placements.at(slot), server_memory_prefix(context, slot),
                                                  pipes.requests, pipes.replies);
                })) {
    ensure_directory(round_folder());
}

void DensityProcesses::run_round(unsigned processes, const Requests& requests) {
    std::vector<StageInstance> instances;
    for (unsigned process = 0; process < processes; ++process) {
        auto request = requests(process);
        if (request.is_null()) continue;
        const PartFolder folder{fmt::format("{}/workers/{}", folder_, process)};
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
                       rules_of(context_.options, context_.folder.root), context_.feed);
    const auto result = runner.run("posterior", std::move(instances));
    check_in_time(result);
    for (const auto& worker : result.instances)
        if (worker.outcome != Outcome::done)
            throw explain_end(fmt::format("density worker {}", worker.part), worker,
                              PartFolder{fmt::format("{}/workers/{}", folder_, worker.part)});
}

void DensityProcesses::import() {
    run_round(count(), [](unsigned) { return nlohmann::json{{"do", "import"}}; });
}

void DensityProcesses::prepare(const homodyne::DensityPoints& points) {
    run_round(count(), [&](unsigned process) {
        return process > 0 ? nlohmann::json{{"do", "import"}} : homodyne::prepare_density_request(points);
    });
}

Eigen::MatrixXd DensityProcesses::answer(DensityAnswer what, const std::string& question,
                                         const std::vector<unsigned>& first, const std::string& prior) {
    const auto answer = [&](unsigned process) { return fmt::format("{}/answer-{}.npy", round_folder(), process); };
    const auto has = [&](unsigned process) {
        return process + 1U < first.size() && first[process] < first[process + 1U];
    };
    run_round(count(), [&](unsigned process) -> nlohmann::json {
        if (!has(process)) return nullptr;
        return homodyne::density_request(what, {.folder = points_,
                                                .first = first[process],
                                                .last = first[process + 1U],
                                                .points = question,
                                                .answer = answer(process),
                                                .prior = process == 0 ? prior : "",
                                                .key = key_});
    });
    std::vector<Eigen::MatrixXd> pieces;
    for (unsigned process = 0; process < count(); ++process) {
        if (!has(process)) continue;
        pieces.push_back(matrix_of(read_text_inside(answer(process)), answer(process)));
    }
    return join_columns(pieces);
}

}  // namespace hlaunch
