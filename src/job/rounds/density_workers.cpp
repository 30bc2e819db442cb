#include "job/rounds/density_workers.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "merge/npz/npy_matrix.h"
#include "os/files/file.h"

namespace hlaunch {
namespace {

using homodyne::DensityAnswer;
using homodyne::PointSlopes;
using homodyne::PointValues;
using homodyne::PosteriorOf;

DensityAnswer answer_of(PosteriorOf of) {
    if (of == PosteriorOf::coarse) return DensityAnswer::coarse;
    return of == PosteriorOf::yaml ? DensityAnswer::yaml : DensityAnswer::quadratic;
}

// In the order of the blocks, whoever has them: the sum does not depend on how they are dealt.
Eigen::MatrixXd sum_of_blocks(const Eigen::MatrixXd& all, Eigen::Index blocks) {
    const auto width = all.cols() / blocks;
    Eigen::MatrixXd out = Eigen::MatrixXd::Zero(all.rows(), width);
    for (Eigen::Index block = 0; block < blocks; ++block) out += all.middleCols(block * width, width);
    return out;
}

// Ours first, then those of each member that gets any.
std::vector<RoundDeal> deals_of(const std::vector<unsigned>& first, unsigned own,
                                const std::vector<RoundMember>& members) {
    std::vector<RoundDeal> out;
    std::size_t at = own;
    for (const auto& member : members) {
        const auto begin = first.begin() + static_cast<std::ptrdiff_t>(at);
        RoundDeal deal{member.name, member.start, {begin, begin + member.processes + 1}};
        at += member.processes;
        if (deal.first.front() < deal.first.back()) out.push_back(std::move(deal));
    }
    return out;
}

// A merge has nothing but these rounds: it never begins anew in their folder.
const std::string& checked_key(bool only_remembered, const std::string& rounds, const std::string& key) {
    if (only_remembered && try_read_text(rounds + "/key") != key)
        throw failure(
            "the exact posterior is not sampled, or of another fit or prior; start the workers again, and the merge "
            "with their options");
    return key;
}

homodyne::DensityModel model_in(const std::string& path) {
    return homodyne::density_model_from(nlohmann::json::parse(read_text_inside(path), nullptr, false), path);
}

}  // namespace

DensityWorkers::DensityWorkers(RoundRunner& runner, Clock& clock, std::string folder, const std::string& key,
                               RoundSharing sharing)
    : clock_(clock),
      folder_(std::move(folder)),
      key_(key),
      sharing_(std::move(sharing)),
      memory_(folder_ + "/rounds", checked_key(sharing_.only_remembered, folder_ + "/rounds", key)),
      processes_(runner, folder_ + "/round", folder_ + "/points", key) {
    if (sharing_.with) board_ = std::make_unique<RoundBoard>(*sharing_.with, key, clock);
    ensure_directory(folder_ + "/points");
}

void DensityWorkers::prepare(const std::string& config, const std::string& nlsq_result, bool yaml_priors) {
    const auto points = folder_ + "/points";
    points_ = {.config = config, .nlsq_result = nlsq_result, .yaml_priors = yaml_priors, .folder = points};
    const auto model = points + "/model.json";
    // The arrays beside it may be torn where the machine went down: they are made anew before they are used.
    if (try_read_text(points + "/key") == key_ && try_read_text(model)) {
        try {
            model_ = model_in(model);
            return;
        } catch (const Error&) {  // of another version of hlaunch: made anew
        }
    }
    fill_points();
}

void DensityWorkers::fill_points() {
    if (sharing_.only_remembered)
        throw failure("the exact posterior is not sampled to its end; start the workers again: they do the rest");
    if (board_) board_->open();
    const auto model = points_.folder + "/model.json";
    remove_whole(points_.folder + "/key");
    remove_whole(model);
    processes_.prepare(points_);
    model_ = model_in(model);
    write_atomically(points_.folder + "/key", key_);
    filled_ = true;
}

Eigen::MatrixXd DensityWorkers::blocks_of_all(DensityAnswer what, const Eigen::MatrixXd& x, const std::string& question,
                                              const std::string& prior) {
    for (;;) {
        const auto members = board_ ? board_->members() : std::vector<RoundMember>();
        unsigned all = processes_.count();
        for (const auto& member : members) all += member.processes;
        const auto first = cut_blocks(model_.blocks, all);
        const auto deals = deals_of(first, processes_.count(), members);
        own_.assign(first.begin(), first.begin() + processes_.count() + 1);
        if (!deals.empty()) board_->ask(word_of(what), x, deals);
        std::vector<Eigen::MatrixXd> pieces{processes_.answer(what, question, own_, prior)};
        news_.most_processes = std::max(news_.most_processes, std::min(all, model_.blocks));
        if (deals.empty()) return std::move(pieces.front());
        auto theirs = board_->answers(sharing_.patience);
        if (!theirs) continue;
        for (auto& piece : *theirs) {
            if (piece.rows() != x.rows()) throw infrastructure_error("an answer to a round has another number of rows");
            pieces.push_back(std::move(piece));
        }
        return join_columns(pieces);
    }
}

Eigen::MatrixXd DensityWorkers::answer_of_all(DensityAnswer what, const Eigen::MatrixXd& x) {
    if (!filled_) fill_points();
    const auto began = clock_.now();
    const auto question = processes_.folder() + "/points.npy", prior = processes_.folder() + "/prior.npy";
    replace_in_passing(question, npy_of(x));
    const auto told = [&] { news_.seconds += std::chrono::duration<double>(clock_.now() - began).count(); };
    if (what == DensityAnswer::parameters) {
        // Of one process, which keeps the blocks that it has.
        auto first = own_.empty() ? cut_blocks(model_.blocks, processes_.count()) : own_;
        first.resize(2);
        auto out = processes_.answer(what, question, first, "");
        told();
        return out;
    }
    const auto all = blocks_of_all(what, x, question, what == DensityAnswer::residuals ? "" : prior);
    told();
    const Eigen::MatrixXd sums = sum_of_blocks(all, static_cast<Eigen::Index>(model_.blocks));
    if (what == DensityAnswer::residuals) return sums;
    const auto priors = matrix_of(read_text_inside(prior), prior);
    Eigen::MatrixXd out(sums.rows(), sums.cols() + priors.cols());
    out << sums, priors;
    return out;
}

Eigen::MatrixXd DensityWorkers::ask(DensityAnswer what, const Eigen::MatrixXd& x) {
    ++news_.rounds;
    if (what == DensityAnswer::sums) news_.evaluations += static_cast<std::size_t>(x.rows());
    const auto name = memory_.name_of(word_of(what), x);
    if (auto known = memory_.find(name)) {
        ++news_.remembered;
        return std::move(*known);
    }
    auto out = answer_of_all(what, x);
    memory_.keep(name, out);
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

std::vector<PointSlopes> DensityWorkers::slopes(const Eigen::MatrixXd& x, PosteriorOf of) {
    const auto answer = ask(answer_of(of), x);
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
