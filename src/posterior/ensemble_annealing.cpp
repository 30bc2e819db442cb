#include <cmath>

#include "posterior/ensemble.h"
#include "posterior/proposals/psis.h"

namespace hlaunch {
namespace {

double effective_share(const Eigen::VectorXd& log_weights) {
    const double sum = log_sum_exp(log_weights);
    return std::exp(2.0 * sum - log_sum_exp(Eigen::VectorXd(2.0 * log_weights))) /
           static_cast<double>(log_weights.size());
}

// The step up that leaves half of them effective; not beyond `most`.
double next_step(const Eigen::VectorXd& log_ratio, double most) {
    constexpr double wanted = 0.5;
    if (effective_share(most * log_ratio) >= wanted) return most;
    double low = 0.0, high = most;
    for (int i = 0; i < 60; ++i) {
        const double middle = 0.5 * (low + high);
        (effective_share(middle * log_ratio) >= wanted ? low : high) = middle;
    }
    return high;
}

}  // namespace

Eigen::VectorXd Ensembles::targets(const Eigen::VectorXd& log_target, const Eigen::VectorXd& log_base) const {
    return power_ * log_target + (1.0 - power_) * log_base;
}

// Systematically, so that a walker of average weight stays; each ensemble by itself, which keeps them independent.
void Ensembles::resample_within(const Eigen::VectorXd& log_weights) {
    std::vector<Eigen::Index> from;
    for (Eigen::Index first = 0; first < x_.rows(); first += walkers_) {
        const Eigen::VectorXd own = log_weights.segment(first, walkers_);
        const Eigen::VectorXd weights = (own.array() - log_sum_exp(own)).exp();
        auto order = resample(weights, walkers_, random_);
        random_.shuffle(order);  // copies of one walker shall not all be in one half
        for (const auto row : order) from.push_back(first + row);
    }
    x_ = x_(from, Eigen::all).eval();
    u_ = u_(from, Eigen::all).eval();
    for (auto* values : {&log_density_, &log_target_, &log_base_}) *values = (*values)(from).eval();
}

Eigen::Index Ensembles::anneal(const MixtureOfT& base, Eigen::Index moves, Eigen::Index most) {
    base_ = &base;
    log_base_ = base.log_density(u_);
    power_ = 0.0;
    Eigen::Index levels = 0;
    while (power_ < 1.0 && levels < most) {
        const Eigen::VectorXd log_ratio = log_target_ - log_base_;
        const double step = next_step(log_ratio, 1.0 - power_);
        resample_within(step * log_ratio);
        power_ = step < 1.0 - power_ ? power_ + step : 1.0;
        for (Eigen::Index move = 0; move < moves; ++move) {
            move_half(0);
            move_half(1);
        }
        ++levels;
    }
    const bool arrived = power_ == 1.0;
    base_ = nullptr;
    power_ = 1.0;
    log_base_.setZero();
    forget();
    return arrived ? levels : 0;
}

}  // namespace hlaunch
