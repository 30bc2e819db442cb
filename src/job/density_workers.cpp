#include "job/density_workers.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/error.h"
#include "homodyne/forecast.h"
#include "job/matrix_file.h"
#include "job/start.h"
#include "job/warm_workers.h"
#include "os/file.h"

namespace hlaunch {
namespace {

using homodyne::DensityAnswer;
using homodyne::PointSlopes;
using homodyne::PointValues;

// A worker costs its imports: 4 s of CPU and 0.6 GiB. Fewer points are quicker without another one.
constexpr std::uint64_t least_points_a_worker = 8192;

const char* word_of(DensityAnswer what) {
    switch (what) {
        case DensityAnswer::sums:
            return "sums";
        case DensityAnswer::quadratic:
            return "quadratic";
        case DensityAnswer::parameters:
            return "parameters";
        case DensityAnswer::residuals:
            return "residuals";
    }
    return "";
}

// In the order of the blocks, whoever has them: the sum does not depend on how they are dealt.
Eigen::MatrixXd sum_of_blocks(const Eigen::MatrixXd& all, Eigen::Index blocks) {
    const auto width = all.cols() / blocks;
    Eigen::MatrixXd out = Eigen::MatrixXd::Zero(all.rows(), width);
    for (Eigen::Index block = 0; block < blocks; ++block) out += all.middleCols(block * width, width);
    return out;
}

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

DensityWorkers::DensityWorkers(JobContext& context, const Plan& plan, const std::string& key)
    : context_(context),
      plan_(plan),
      folder_(context.folder.posterior()),
      key_(key),
      memory_(folder_ + "/rounds", key),
      launcher_(context.launcher,
                server_speech(context, plan, [&context, &plan](unsigned slot, const ServerPipes& pipes) {
                    return homodyne::density_task(plan.placements.at(slot), server_memory_prefix(context, slot),
                                                  pipes.requests, pipes.replies);
                })) {
    ensure_directory(folder_ + "/points");
    ensure_directory(folder_ + "/round");
}

homodyne::DensitySlice DensityWorkers::slice_of(unsigned worker) const {
    const auto workers = std::min<std::size_t>(plan_.placements.size(), model_.blocks);
    const auto first = static_cast<unsigned>(model_.blocks * std::uint64_t{worker} / workers);
    const auto last = static_cast<unsigned>(model_.blocks * std::uint64_t{worker + 1U} / workers);
    return {.folder = folder_ + "/points", .first = first, .last = last, .points = {}, .answer = {}, .prior = {}};
}

void DensityWorkers::run_round(unsigned workers, const Requests& requests) {
    const auto began = context_.clock.now();
    std::vector<StageInstance> instances;
    for (unsigned worker = 0; worker < workers; ++worker) {
        const PartFolder folder{fmt::format("{}/workers/{}", folder_, worker)};
        ensure_directory(folder.root);
        replace_quietly(folder.task(), requests(worker).dump());
        auto instance = to_stage_instance(context_, plan_,
                                          homodyne::bare_instance(plan_.placements[worker], folder, context_.request),
                                          folder, fmt::format("density worker {}", worker));
        instance.part = instance.placement = worker;
        instance.proof_path.clear();
        instance.usage_path.clear();
        instance.worker_sign.clear();
        // A worker that was killed has computed nothing that counts: its round is asked again.
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
    news_.seconds += std::chrono::duration<double>(context_.clock.now() - began).count();
}

void DensityWorkers::prepare(const std::string& nlsq_result, bool yaml_priors) {
    const auto model = folder_ + "/points/model.json";
    const auto whose = folder_ + "/points/key";
    if (const auto text = try_read_text(model); text && try_read_text(whose) == key_) {
        // Workers start when there is a round that no former start has seen.
        try {
            model_ = homodyne::density_model_from(nlohmann::json::parse(*text, nullptr, false), model);
            return;
        } catch (const Error&) {
            context_.display.note(fmt::format("hlaunch: {} cannot be read and is made again", model));
        }
    }
    remove_whole(whose);
    remove_whole(model);
    run_round(static_cast<unsigned>(plan_.placements.size()), [&](unsigned worker) {
        if (worker > 0) return nlohmann::json{{"do", "import"}};
        return homodyne::prepare_density_request({.config = context_.folder.survey().config(),
                                                  .nlsq_result = nlsq_result,
                                                  .yaml_priors = yaml_priors,
                                                  .folder = folder_ + "/points"});
    });
    const auto text = read_text_inside(model);
    model_ = homodyne::density_model_from(nlohmann::json::parse(text, nullptr, false), model);
    write_atomically(whose, key_);
}

Eigen::MatrixXd DensityWorkers::answer_of_all(DensityAnswer what, const Eigen::MatrixXd& x, bool coarse) {
    const bool alone = what == DensityAnswer::parameters;
    const auto workers =
        alone ? 1U : static_cast<unsigned>(std::min<std::size_t>(plan_.placements.size(), model_.blocks));
    const auto round = folder_ + "/round/";
    const auto answer = [&](unsigned worker) { return fmt::format("{}answer-{}.npy", round, worker); };
    const auto prior = round + "prior.npy";
    if (!replace_quietly(round + "points.npy", npy_of(x)))
        throw infrastructure_error("cannot write {}points.npy; make room on its file system", round);
    run_round(workers, [&](unsigned worker) {
        auto slice = slice_of(worker);
        slice.points = round + "points.npy";
        slice.coarse = coarse;
        slice.answer = answer(worker);
        if (worker == 0 && what != DensityAnswer::residuals) slice.prior = prior;
        return homodyne::density_request(what, slice);
    });
    std::vector<Eigen::MatrixXd> pieces;
    Eigen::Index width = 0;
    for (unsigned worker = 0; worker < workers; ++worker) {
        pieces.push_back(matrix_of(read_text_inside(answer(worker)), answer(worker)));
        width += pieces.back().cols();
    }
    Eigen::MatrixXd all(pieces.front().rows(), width);
    Eigen::Index at = 0;
    for (const auto& piece : pieces) {
        all.middleCols(at, piece.cols()) = piece;
        at += piece.cols();
    }
    if (what == DensityAnswer::parameters) return all;
    const Eigen::MatrixXd sums = sum_of_blocks(all, static_cast<Eigen::Index>(model_.blocks));
    if (what == DensityAnswer::residuals) return sums;
    const auto priors = matrix_of(read_text_inside(prior), prior);
    Eigen::MatrixXd out(sums.rows(), sums.cols() + priors.cols());
    out << sums, priors;
    return out;
}

Eigen::MatrixXd DensityWorkers::ask(DensityAnswer what, const Eigen::MatrixXd& x, bool coarse) {
    ++news_.rounds;
    const auto name = memory_.name_of(word_of(what) + std::string(coarse ? " coarse" : ""), x);
    if (auto known = memory_.find(name)) {
        ++news_.remembered;
        return std::move(*known);
    }
    auto out = answer_of_all(what, x, coarse);
    memory_.keep(name, out);
    if (what == DensityAnswer::sums) news_.evaluations += static_cast<std::size_t>(x.rows());
    return out;
}

std::vector<PointValues> DensityWorkers::values(const Eigen::MatrixXd& x) {
    const auto answer = ask(DensityAnswer::sums, x);
    std::vector<PointValues> out;
    for (Eigen::Index row = 0; row < x.rows(); ++row)
        out.push_back(
            {.log_likelihood = answer(row, 0), .log_prior = answer(row, 1), .log_yaml_prior = answer(row, 2)});
    return out;
}

std::vector<PointSlopes> DensityWorkers::slopes(const Eigen::MatrixXd& x, bool coarse) {
    const auto answer = ask(DensityAnswer::quadratic, x, coarse);
    const auto n = x.cols();
    std::vector<PointSlopes> out;
    for (Eigen::Index row = 0; row < x.rows(); ++row) {
        const Eigen::VectorXd all = answer.row(row);
        const auto likelihood = all.head(1 + n + n * n), prior = all.tail(1 + n + n * n);
        out.push_back({.log_likelihood = likelihood(0),
                       .log_prior = prior(0),
                       .loss_gradient = likelihood.segment(1, n),
                       .prior_gradient = prior.segment(1, n),
                       .information = likelihood.tail(n * n).reshaped(n, n),
                       .prior_curvature = prior.tail(n * n).reshaped(n, n)});
    }
    return out;
}

Eigen::MatrixXd DensityWorkers::parameters(const Eigen::MatrixXd& x) {
    return ask(DensityAnswer::parameters, x);
}

Eigen::MatrixXd DensityWorkers::residuals(const Eigen::VectorXd& x) {
    return ask(DensityAnswer::residuals, x.transpose());
}

}  // namespace hlaunch
