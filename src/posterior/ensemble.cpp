#include "posterior/ensemble.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace hlaunch {
namespace {

constexpr double no_density = -std::numeric_limits<double>::infinity();
constexpr std::uint64_t ensemble_stream = 0x656e'7365'6d62'6c65;
constexpr double snooker_share = 0.1;
constexpr double global_share = 0.35;
constexpr double jump_share = 0.1;  // differences taken whole: from mode to mode

}  // namespace

Ensembles::Ensembles(Density& density, const Coordinate& coordinate, const Eigen::MatrixXd& starts,
                     const Eigen::VectorXd& values, Eigen::Index ensembles, std::uint64_t seed)
    : density_(&density),
      coordinate_(&coordinate),
      random_(seed, ensemble_stream),
      ensembles_(ensembles),
      walkers_(starts.rows() / std::max<Eigen::Index>(1, ensembles)),
      x_(starts),
      log_density_(values) {
    if (ensembles < 1 || walkers_ < 6 || walkers_ % 2 != 0 || walkers_ * ensembles != starts.rows() ||
        values.size() != starts.rows())
        throw Error(ExitCode::usage, "ensembles: an even number of at least six walkers each");
    const MappedPoints points = map_points(coordinate, starts);
    if (points.log_slope.hasNaN() || !values.allFinite())
        throw Error(ExitCode::usage, "ensembles: a start has no density, or none in the coordinate");
    u_ = points.u;
    log_target_ = values - points.log_slope;
    log_base_ = Eigen::VectorXd::Zero(values.size());
    // From the starts, which do not change: detailed balance is kept.
    jitter_ = 1e-5 * ((u_.rowwise() - u_.colwise().mean()).colwise().norm().transpose() /
                      std::sqrt(static_cast<double>(u_.rows())));
    jitter_ = jitter_.cwiseMax(1e-12);
}

Ensembles::Move Ensembles::propose(Eigen::Index walker, Eigen::Index other_half) {
    const Eigen::Index half = walkers_ / 2;
    const Eigen::Index first = walker / walkers_ * walkers_ + other_half * half;
    const auto dimensions = static_cast<double>(u_.cols());
    const Eigen::Index a = random_.index(half);
    const Eigen::Index b = (a + 1 + random_.index(half - 1)) % half;
    const Eigen::VectorXd difference = (u_.row(first + a) - u_.row(first + b)).transpose();
    const Eigen::VectorXd here = u_.row(walker).transpose();
    const double kind = random_.uniform();
    if (kind < snooker_share) {
        Eigen::Index c = random_.index(half - 2);  // the third, another one than both
        if (c >= std::min(a, b)) ++c;
        if (c >= std::max(a, b)) ++c;
        const Eigen::VectorXd line = here - u_.row(first + c).transpose();
        const double length = line.norm();
        const double stretch = 1.2 + random_.uniform();
        if (!(length > 0.0)) return {here, no_density};
        const Eigen::VectorXd there = here + stretch * difference.dot(line) / (length * length) * line;
        const double new_length = (there - u_.row(first + c).transpose()).norm();
        return {there, (dimensions - 1.0) * std::log(new_length / length)};
    }
    if (!global_.empty() && kind > 1.0 - global_share) {
        const Eigen::MatrixXd there = global_.front().draw(1, random_);
        const double here_density = global_.front().log_density(here.transpose())(0);
        return {there.row(0).transpose(), here_density - global_.front().log_density(there)(0)};
    }
    const double usual = 2.38 / std::sqrt(2.0 * dimensions);
    const double stretch = kind < snooker_share + jump_share ? 1.0 : usual * (0.5 + random_.uniform());
    Eigen::VectorXd there = here + stretch * difference;
    for (Eigen::Index i = 0; i < there.size(); ++i) there(i) += jitter_(i) * random_.normal();
    return {there, 0.0};
}

void Ensembles::move_half(Eigen::Index half) {
    const Eigen::Index size = walkers_ / 2;
    Eigen::MatrixXd proposed(ensembles_ * size, u_.cols());
    Eigen::VectorXd factors(proposed.rows());
    std::vector<Eigen::Index> walker_of;
    for (Eigen::Index ensemble = 0; ensemble < ensembles_; ++ensemble)
        for (Eigen::Index i = 0; i < size; ++i) {
            const auto row = static_cast<Eigen::Index>(walker_of.size());
            walker_of.push_back(ensemble * walkers_ + half * size + i);
            const Move move = propose(walker_of.back(), 1 - half);
            proposed.row(row) = move.u.transpose();
            factors(row) = move.log_factor;
        }
    std::vector<Eigen::Index> inverted;
    const Eigen::MatrixXd points = invert_points(*coordinate_, proposed, inverted);
    const Eigen::VectorXd values = density_->log_density(points);
    const MappedPoints mapped = map_points(*coordinate_, points);
    const Eigen::VectorXd log_target = values - mapped.log_slope;
    const Eigen::VectorXd log_base =
        base_ == nullptr ? Eigen::VectorXd::Zero(values.size()) : base_->log_density(mapped.u);
    const Eigen::VectorXd there = targets(log_target, log_base), here = targets(log_target_, log_base_);
    moves_ += proposed.rows();
    std::size_t next = 0;
    for (Eigen::Index row = 0; row < proposed.rows(); ++row) {
        const double threshold = std::log(random_.uniform());  // drawn for each: one's fate does not move the others'
        if (next == inverted.size() || inverted[next] != row) continue;
        const auto at = static_cast<Eigen::Index>(next++);
        const Eigen::Index walker = walker_of[static_cast<std::size_t>(row)];
        if (!std::isfinite(log_target(at)) || !(there(at) - here(walker) + factors(row) > threshold)) continue;
        x_.row(walker) = points.row(at);
        u_.row(walker) = mapped.u.row(at);
        log_density_(walker) = values(at);
        log_target_(walker) = log_target(at);
        log_base_(walker) = log_base(at);
        ++accepted_;
    }
}

void Ensembles::advance(Eigen::Index steps) {
    for (Eigen::Index step = 0; step < steps; ++step) {
        move_half(0);
        move_half(1);
        history_.push_back({x_, log_density_});
    }
}

void Ensembles::propose_from(MixtureOfT proposal) {
    global_.clear();
    global_.push_back(std::move(proposal));
    forget();
}

void Ensembles::forget() {
    history_.clear();
    moves_ = accepted_ = 0;
}

EnsembleJudgement Ensembles::judge() const {
    std::vector<Eigen::MatrixXd> parameters(static_cast<std::size_t>(x_.cols()));
    const Eigen::Index first = first_judged();
    for (Eigen::Index p = 0; p < x_.cols(); ++p) {
        Eigen::MatrixXd& values = parameters[static_cast<std::size_t>(p)];
        values.resize(steps() - first, x_.rows());
        for (Eigen::Index step = first; step < steps(); ++step)
            values.row(step - first) = history_[static_cast<std::size_t>(step)].x.col(p).transpose();
    }
    EnsembleJudgement result = judge_ensembles(parameters, ensembles_);
    result.accepted = moves_ > 0 ? static_cast<double>(accepted_) / static_cast<double>(moves_) : 0.0;
    return result;
}

void Ensembles::draws(Eigen::Index most, Eigen::MatrixXd& x, Eigen::VectorXd& log_density) const {
    const Eigen::Index first = first_judged();
    const Eigen::Index rows = x_.rows();
    const Eigen::Index room = std::max<Eigen::Index>(1, most / rows);
    const Eigen::Index every = (steps() - first + room - 1) / room;
    const Eigen::Index count = steps() > first ? (steps() - 1 - first) / every + 1 : 0;
    x.resize(count * rows, x_.cols());
    log_density.resize(count * rows);
    for (Eigen::Index i = 0; i < count; ++i) {
        const Step& step = history_[static_cast<std::size_t>(steps() - 1 - i * every)];
        x.middleRows(i * rows, rows) = step.x;
        log_density.segment(i * rows, rows) = step.log_density;
    }
}

}  // namespace hlaunch
