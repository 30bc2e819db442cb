#include "homodyne/sites/anchored_coordinate.h"

#include <fmt/format.h>

#include <cmath>

namespace hlaunch {

AnchoredCoordinate::AnchoredCoordinate(const SiteTransform& map, std::vector<Anchor> anchors)
    : map_(map), anchors_(std::move(anchors)) {
    for (const Site& site : map_.all()) logit_.push_back(site.kind == SiteKind::direct && site.low && site.high);
    for (const Anchor& anchor : anchors_) logit_[static_cast<std::size_t>(anchor.law.at[2])] = false;
}

std::string AnchoredCoordinate::description() const {
    std::string what;
    for (const Anchor& anchor : anchors_)
        what += fmt::format("{}{}(t) at t = {:.3g} s for its offset", what.empty() ? "" : " and ", anchor.law.symbol,
                            std::exp(anchor.log_time));
    return what + "; the other parameters as they were sampled, those with bounds by their logits";
}

bool AnchoredCoordinate::from_sampling(const Eigen::VectorXd& x, Eigen::VectorXd& u, Eigen::MatrixXd& du_dx) const {
    Eigen::VectorXd theta;
    if (!map_.to_parameters(x, theta)) return false;
    u = x;
    du_dx.setIdentity(x.size(), x.size());
    for (std::size_t i = 0; i < logit_.size(); ++i) {
        if (!logit_[i]) continue;
        const auto at = static_cast<Eigen::Index>(i);
        const Site& site = map_.all()[i];
        const double below = x(at) - *site.low, above = *site.high - x(at);
        if (!(below > 0.0) || !(above > 0.0)) return false;
        u(at) = std::log(below / above);
        du_dx(at, at) = 1.0 / below + 1.0 / above;
    }
    const Eigen::MatrixXd dtheta_dx = map_.dtheta_dx(x, theta);
    for (const Anchor& anchor : anchors_) {
        const PowerLaw& law = anchor.law;
        const double power = std::exp(theta(law.exponent) * anchor.log_time);
        const double value = theta(law.amplitude) * power + theta(law.offset);
        u(law.at[2]) = std::asinh(value / anchor.scale);
        du_dx.row(law.at[2]) =
            (power * dtheta_dx.row(law.amplitude) +
             theta(law.amplitude) * power * anchor.log_time * dtheta_dx.row(law.exponent) + dtheta_dx.row(law.offset)) /
            std::hypot(value, anchor.scale);
    }
    return u.allFinite() && du_dx.allFinite();
}

bool AnchoredCoordinate::to_sampling(const Eigen::VectorXd& u, Eigen::VectorXd& x) const {
    x = u;
    for (std::size_t i = 0; i < logit_.size(); ++i) {
        if (!logit_[i]) continue;
        const auto at = static_cast<Eigen::Index>(i);
        const Site& site = map_.all()[i];
        x(at) = *site.low + (*site.high - *site.low) / (1.0 + std::exp(-u(at)));
    }
    // Any offsets do to map the others; these then follow.
    for (const Anchor& anchor : anchors_) x(anchor.law.at[2]) = map_.inside(anchor.law.at[2]);
    Eigen::VectorXd theta;
    if (!map_.to_parameters(x, theta)) return false;
    for (const Anchor& anchor : anchors_) {
        const PowerLaw& law = anchor.law;
        theta(law.offset) = anchor.scale * std::sinh(u(law.at[2])) -
                            theta(law.amplitude) * std::exp(theta(law.exponent) * anchor.log_time);
    }
    Eigen::VectorXd sites;
    if (!map_.to_sites(theta, sites)) return false;
    for (const Anchor& anchor : anchors_) x(anchor.law.at[2]) = sites(anchor.law.at[2]);
    return x.allFinite();
}

std::unique_ptr<AnchoredCoordinate> anchored_coordinate(const SiteTransform& map, const TimeRange& times) {
    constexpr double small = 1e-3;
    if (!times.dt || !times.t_max || !(*times.dt > 0.0) || !(*times.t_max > *times.dt)) return nullptr;
    const double log_time = 0.5 * (std::log(*times.dt) + std::log(*times.t_max));
    Eigen::VectorXd centre = map.full_priors().mean;
    for (Eigen::Index i = 0; i < centre.size(); ++i)
        if (!map.all()[static_cast<std::size_t>(i)].value(centre(i))) centre(i) = map.inside(i);
    Eigen::VectorXd theta;
    if (!map.to_parameters(centre, theta)) return nullptr;
    const Eigen::MatrixXd slopes = map.dtheta_dx(centre, theta);
    std::vector<AnchoredCoordinate::Anchor> anchors;
    const auto add = [&](const char* symbol, const char* amplitude, const char* exponent, const char* offset) {
        if (!map.has(amplitude) || !map.has(exponent) || !map.has(offset)) return;
        PowerLaw law{symbol, map.index_of(amplitude), map.index_of(exponent), map.index_of(offset), {}};
        law.at = {map.site_of(law.amplitude), map.site_of(law.exponent), map.site_of(law.offset)};
        const double sd = std::abs(slopes(law.offset, law.at[2])) * map.full_priors().sd(law.at[2]);
        if (sd > 0.0 && std::isfinite(sd)) anchors.push_back({law, log_time, small * sd});
    };
    add("D", "D0", "alpha", "D_offset");
    add("gamma_dot", "gamma_dot_t0", "beta", "gamma_dot_t_offset");
    if (anchors.empty()) return nullptr;
    return std::make_unique<AnchoredCoordinate>(map, std::move(anchors));
}

}  // namespace hlaunch
