#include "homodyne/sites/power_law.h"

#include <cmath>

#include <fmt/format.h>

#include "homodyne/sites/site_transform.h"

namespace hlaunch {

EtaCoordinate::EtaCoordinate(const SiteTransform& map, std::string name, std::vector<PowerLaw> laws, double first,
                             double ratio)
    : map_(map), name_(std::move(name)), laws_(std::move(laws)), ratio_(ratio) {
    for (std::size_t i = 0; i < log_times_.size(); ++i)
        log_times_[i] = std::log(first) + static_cast<double>(i) * std::log(ratio);
}

std::string EtaCoordinate::description() const {
    std::string what;
    for (const PowerLaw& law : laws_) what += fmt::format("{}log {}(t)", what.empty() ? "" : " and ", law.symbol);
    return fmt::format("{} at t = {:.3g}, {:.3g}, {:.3g} s; the other parameters as they were sampled", what,
                       std::exp(log_times_[0]), std::exp(log_times_[1]), std::exp(log_times_[2]));
}

bool EtaCoordinate::from_sampling(const Eigen::VectorXd& x, Eigen::VectorXd& u, Eigen::MatrixXd& du_dx) const {
    Eigen::VectorXd theta;
    if (!map_.to_parameters(x, theta)) return false;
    u = x;
    du_dx.setIdentity(x.size(), x.size());
    const Eigen::MatrixXd dtheta_dx = map_.dtheta_dx(x, theta);
    for (const PowerLaw& law : laws_) {
        const double amplitude = theta(law.amplitude);
        const double exponent = theta(law.exponent);
        // At exponent 0 amplitude and offset are one: eta cannot tell them apart.
        if (!(amplitude > 0.0) || exponent == 0.0) return false;
        for (std::size_t i = 0; i < log_times_.size(); ++i) {
            const double power = std::exp(exponent * log_times_[i]);
            const double value = amplitude * power + theta(law.offset);
            if (!(value > 0.0)) return false;
            u(law.at[i]) = std::log(value);
            du_dx.row(law.at[i]) =
                (power * dtheta_dx.row(law.amplitude) +
                 amplitude * power * log_times_[i] * dtheta_dx.row(law.exponent) + dtheta_dx.row(law.offset)) /
                value;
        }
    }
    return true;
}

bool EtaCoordinate::to_sampling(const Eigen::VectorXd& u, Eigen::VectorXd& x) const {
    x = u;
    // The columns of a power law hold logarithms, no sites: any sites do to map the others, these
    // then follow.
    Eigen::VectorXd theta;
    Eigen::VectorXd others = u;
    for (const PowerLaw& law : laws_)
        for (const Eigen::Index at : law.at) others(at) = map_.inside(at);
    if (!map_.to_parameters(others, theta)) return false;
    for (const PowerLaw& law : laws_) {
        // With t_i = t_0 r^i: (f2 - f1) / (f1 - f0) = r^exponent.
        const double f0 = std::exp(u(law.at[0]));
        const double f1 = std::exp(u(law.at[1]));
        const double f2 = std::exp(u(law.at[2]));
        const double quotient = (f2 - f1) / (f1 - f0);
        if (!(quotient > 0.0) || !std::isfinite(quotient) || quotient == 1.0) return false;
        const double exponent = std::log(quotient) / std::log(ratio_);
        const double at_first = (f1 - f0) / (quotient - 1.0);  // amplitude * t_0^exponent
        if (!(at_first > 0.0)) return false;
        theta(law.amplitude) = at_first * std::exp(-exponent * log_times_[0]);
        theta(law.exponent) = exponent;
        theta(law.offset) = f0 - at_first;
    }
    return map_.to_sites(theta, x);
}

std::vector<std::unique_ptr<Coordinate>> make_coordinates(const SiteTransform& map, const TimeRange& times) {
    std::vector<std::unique_ptr<Coordinate>> result;
    result.push_back(std::make_unique<SamplingCoordinate>());
    if (!times.dt || !times.t_max || !(*times.dt > 0.0) || !(*times.t_max > 2.0 * *times.dt)) return result;

    std::vector<PowerLaw> laws;
    const auto add = [&](const char* symbol, const char* amplitude, const char* exponent, const char* offset) {
        if (!map.has(amplitude) || !map.has(exponent) || !map.has(offset)) return;
        PowerLaw law{symbol, map.index_of(amplitude), map.index_of(exponent), map.index_of(offset), {}};
        law.at = {map.site_of(law.amplitude), map.site_of(law.exponent), map.site_of(law.offset)};
        laws.push_back(law);
    };
    add("D", "D0", "alpha", "D_offset");
    add("gamma_dot", "gamma_dot_t0", "beta", "gamma_dot_t_offset");
    const double ratio = std::sqrt(*times.t_max / *times.dt);
    for (const PowerLaw& law : laws)
        result.push_back(std::make_unique<EtaCoordinate>(map, laws.size() == 1 ? "eta" : "eta-" + law.symbol,
                                                         std::vector{law}, *times.dt, ratio));
    if (laws.size() > 1) result.push_back(std::make_unique<EtaCoordinate>(map, "eta", laws, *times.dt, ratio));
    return result;
}

}  // namespace hlaunch
