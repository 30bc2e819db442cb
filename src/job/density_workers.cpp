#include "job/density_workers.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "job/matrix_file.h"
#include "os/file.h"

namespace hlaunch {
namespace {

using homodyne::DensityAnswer;
using homodyne::PointSlopes;
using homodyne::PointValues;

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

DensityWorkers::DensityWorkers(RoundRunner& runner, const Clock& clock, std::string folder, const std::string& key)
    : runner_(runner), clock_(clock), folder_(std::move(folder)), memory_(folder_ + "/rounds", key) {
    ensure_directory(folder_ + "/points");
    ensure_directory(folder_ + "/round");
}

unsigned DensityWorkers::workers_with_points() const {
    return std::min(runner_.workers(), model_.blocks);
}

homodyne::DensitySlice DensityWorkers::slice_of(unsigned worker) const {
    const auto workers = workers_with_points();
    const auto first = static_cast<unsigned>(model_.blocks * std::uint64_t{worker} / workers);
    const auto last = static_cast<unsigned>(model_.blocks * std::uint64_t{worker + 1U} / workers);
    return {.folder = folder_ + "/points", .first = first, .last = last, .points = {}, .answer = {}, .prior = {}};
}

void DensityWorkers::run_round(unsigned workers, const RoundRunner::Requests& requests) {
    const auto began = clock_.now();
    runner_.run_round(workers, requests);
    news_.seconds += std::chrono::duration<double>(clock_.now() - began).count();
}

void DensityWorkers::prepare(const std::string& config, const std::string& nlsq_result, bool yaml_priors) {
    const auto model = folder_ + "/points/model.json";
    remove_whole(model);
    run_round(runner_.workers(), [&](unsigned worker) {
        if (worker > 0) return homodyne::import_density_request();
        return homodyne::prepare_density_request(
            {.config = config, .nlsq_result = nlsq_result, .yaml_priors = yaml_priors, .folder = folder_ + "/points"});
    });
    const auto text = read_text_inside(model);
    model_ = homodyne::density_model_from(nlohmann::json::parse(text, nullptr, false), model);
}

Eigen::MatrixXd DensityWorkers::answer_of_all(DensityAnswer what, const Eigen::MatrixXd& x) {
    const bool alone = what == DensityAnswer::parameters;
    const auto workers = alone ? 1U : workers_with_points();
    const auto round = folder_ + "/round/";
    const auto answer = [&](unsigned worker) { return fmt::format("{}answer-{}.npy", round, worker); };
    const auto prior = round + "prior.npy";
    if (!replace_quietly(round + "points.npy", npy_of(x)))
        throw infrastructure_error("cannot write {}points.npy; make room on its file system", round);
    run_round(workers, [&](unsigned worker) {
        auto slice = slice_of(worker);
        slice.points = round + "points.npy";
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

Eigen::MatrixXd DensityWorkers::ask(DensityAnswer what, const Eigen::MatrixXd& x) {
    ++news_.rounds;
    const auto name = memory_.name_of(word_of(what), x);
    if (auto known = memory_.find(name)) {
        ++news_.remembered;
        return std::move(*known);
    }
    auto out = answer_of_all(what, x);
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

std::vector<PointSlopes> DensityWorkers::slopes(const Eigen::MatrixXd& x) {
    const auto answer = ask(DensityAnswer::quadratic, x);
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
