#include "homodyne/density/consensus_target.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "posterior/proposals/draw_pool.h"

namespace hlaunch::homodyne {
Eigen::Index noise_site(const DensityModel& model) {
    if (std::ranges::count(model.logs, true) != 1)
        throw failure("the model has no one noise: {} of its sites stand as logarithms",
                      std::ranges::count(model.logs, true));
    return std::ranges::find(model.logs, true) - model.logs.begin();
}

NoiseProposal noise_proposal(DensityRounds& rounds, const DensityModel& model, const Eigen::VectorXd& x,
                             double counted) {
    constexpr double step = 0.5;
    constexpr double tolerance = 1e-6;
    const auto site = noise_site(model);
    const double n = static_cast<double>(model.points) / model.times_counted;
    const double middle = std::log(model.noise_scale);
    const std::array log_sigmas{middle, middle - step, middle + step};
    Eigen::MatrixXd rows(3, x.size());
    for (Eigen::Index i = 0; i < 3; ++i) {
        rows.row(i) = x;
        rows(i, site) = log_sigmas[static_cast<std::size_t>(i)];
    }
    const auto values = rounds.values(rows);
    // log likelihood = constant - n log sigma - S / (2 sigma^2); of two rows the constant goes.
    const auto squares_by = [&](std::size_t other) {
        const double fall =
            values[0].log_likelihood - values[other].log_likelihood + n * (log_sigmas[0] - log_sigmas[other]);
        return 2.0 * fall / (std::exp(-2.0 * log_sigmas[other]) - std::exp(-2.0 * log_sigmas[0]));
    };
    const double squares = squares_by(1), again = squares_by(2);
    if (!(squares > 0.0) || !(std::abs(again / squares - 1.0) < tolerance))
        throw failure("the likelihood does not depend on {} as Gaussian noise of one sigma would",
                      model.sites[static_cast<std::size_t>(site)].name);
    constexpr double wider = 1.1;
    const double sd = wider / std::sqrt(2.0 * counted * n);
    return {.site = site,
            .log_sigma = StudentT(Eigen::VectorXd::Constant(1, 0.5 * std::log(squares / n)),
                                  Eigen::MatrixXd::Constant(1, 1, sd * sd))};
}

TargetMap::TargetMap(const SiteMap& from, const SiteMap& to, const DensityModel& model) : from_(from), to_(to) {
    const auto noise = model.sites[static_cast<std::size_t>(noise_site(model))].parameter;
    for (const auto& name : to.parameters()) {
        if (name != noise && !from.has(name))
            throw failure("the merged draws have no {}, which the model of all points has", name);
        column_.push_back(name == noise ? -1 : from.index_of(name));
    }
    if (from.parameters().size() + 1 != to.parameters().size())
        throw failure("the merged draws have {} parameters, the model of all points {} beside its noise",
                      from.parameters().size(), to.parameters().size() - 1);
}

bool TargetMap::point(const Eigen::VectorXd& sampled, double log_sigma, Eigen::VectorXd& x) const {
    Eigen::VectorXd theta;
    if (!from_.to_parameters(sampled, theta)) return false;
    Eigen::VectorXd all(static_cast<Eigen::Index>(to_.parameters().size()));
    for (std::size_t i = 0; i < column_.size(); ++i)
        all(static_cast<Eigen::Index>(i)) = column_[i] < 0 ? log_sigma : theta(column_[i]);
    return to_.to_sites(all, x) && x.allFinite();
}

TargetDraws TargetMap::draws(const KnownDraws& sampled, const NoiseProposal& noise, RandomStream& random) const {
    const auto count = sampled.x.rows();
    TargetDraws out;
    out.parameters.setZero(count, static_cast<Eigen::Index>(from_.parameters().size()));
    out.x.setZero(count, static_cast<Eigen::Index>(to_.sites().size()));
    out.inside.assign(static_cast<std::size_t>(count), false);
    out.log_density.setZero(count);
    Eigen::VectorXd x, theta, all;
    for (Eigen::Index row = 0; row < count; ++row) {
        const Eigen::VectorXd drawn = noise.log_sigma.draw(random);
        const Eigen::VectorXd from = sampled.x.row(row);
        if (!from_.to_parameters(from, theta)) continue;
        out.parameters.row(row) = theta;
        if (!point(from, drawn(0), x) || !to_.to_parameters(x, all)) continue;
        out.x.row(row) = x;
        out.inside[static_cast<std::size_t>(row)] = true;
        const auto of_noise = noise.log_sigma.log_densities(noise.log_sigma.squared_distances(drawn));
        out.log_density(row) = sampled.log_density(row) - log_abs_determinant(from_.dtheta_dx(from, theta)) +
                               log_abs_determinant(to_.dtheta_dx(x, all)) + of_noise(0);
    }
    return out;
}

}  // namespace hlaunch::homodyne
