#include <cmath>

#include "posterior/ensemble.h"
#include "posterior/psis.h"

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
    const Eigen::MatrixXd x = x_, u = u_;
    const Eigen::VectorXd log_density = log_density_, log_target = log_target_, log_base = log_base_;
    for (Eigen::Index ensemble = 0; ensemble < ensembles_; ++ensemble) {
        const Eigen::Index first = ensemble * walkers_;
        const Eigen::VectorXd own = log_weights.segment(first, walkers_);
        const Eigen::VectorXd weights = (own.array() - log_sum_exp(own)).exp();
        std::vector<Eigen::Index> order;
        double sum = 0.0, wanted = random_.uniform();
        for (Eigen::Index i = 0; i < walkers_; ++i) {
            sum += weights(i) * static_cast<double>(walkers_);
            for (; wanted < sum && static_cast<Eigen::Index>(order.size()) < walkers_; wanted += 1.0)
                order.push_back(first + i);
        }
        while (static_cast<Eigen::Index>(order.size()) < walkers_) order.push_back(first + walkers_ - 1);
        // Copies of one walker shall not all be in one half.
        for (auto i = order.size(); i > 1; --i)
            std::swap(order[i - 1], order[static_cast<std::size_t>(random_.index(static_cast<Eigen::Index>(i)))]);
        for (Eigen::Index i = 0; i < walkers_; ++i) {
            const Eigen::Index from = order[static_cast<std::size_t>(i)], to = first + i;
            x_.row(to) = x.row(from);
            u_.row(to) = u.row(from);
            log_density_(to) = log_density(from);
            log_target_(to) = log_target(from);
            log_base_(to) = log_base(from);
        }
    }
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
