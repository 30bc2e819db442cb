#include "homodyne/sites/site_transform.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "base/error.h"

namespace hlaunch {
namespace {

struct ReferenceSite {
    std::string_view site;
    std::string_view parameter;
    std::string_view exponent;   // of its power law
    std::string_view reference;  // for a ratio: the site of the reference value
};
constexpr std::array<ReferenceSite, 3> reference_sites{{{"log_D_ref", "D0", "alpha", ""},
                                                        {"D_offset_ratio", "D_offset", "", "log_D_ref"},
                                                        {"log_gamma_ref", "gamma_dot_t0", "beta", ""}}};

const ReferenceSite* reference_site(const Site& site) {
    const auto found = std::ranges::find(reference_sites, site.parameter, &ReferenceSite::site);
    return found == reference_sites.end() ? nullptr : found;
}

struct Interval {
    double middle;
    double half;
};

std::optional<Interval> interval(const Site& site) {
    if (!site.low || !site.high) return std::nullopt;
    return Interval{0.5 * (*site.low + *site.high), 0.5 * (*site.high - *site.low)};
}

}  // namespace

bool Site::same_map(const Site& other) const {
    return name == other.name && parameter == other.parameter && kind == other.kind && low == other.low &&
           high == other.high && (kind == SiteKind::direct || (center == other.center && scale == other.scale));
}

std::optional<double> Site::value(double x) const {
    if (kind == SiteKind::direct) {
        if ((low && x < *low) || (high && x > *high)) return std::nullopt;
        return x;
    }
    const double raw = center + scale * x;
    const auto bounds = interval(*this);
    return bounds ? bounds->middle + bounds->half * std::tanh((raw - bounds->middle) / bounds->half) : raw;
}

std::optional<double> Site::sampled(double value) const {
    if (kind == SiteKind::direct) return this->value(value);
    const auto bounds = interval(*this);
    double raw = value;
    if (bounds) {
        const double y = (value - bounds->middle) / bounds->half;
        if (!(std::abs(y) < 1.0)) return std::nullopt;
        raw = bounds->middle + bounds->half * std::atanh(y);
    }
    return (raw - center) / scale;
}

double Site::slope(double x) const {
    if (kind == SiteKind::direct) return 1.0;
    const auto bounds = interval(*this);
    if (!bounds) return scale;
    const double secant = 1.0 / std::cosh((center + scale * x - bounds->middle) / bounds->half);
    return scale * secant * secant;
}

SiteTransform::SiteTransform(std::vector<Site> sites, const TimeRange& times) : sites_(std::move(sites)) {
    for (const Site& site : sites_) {
        site_names_.push_back(site.name);
        const ReferenceSite* reference = reference_site(site);
        parameters_.emplace_back(reference != nullptr ? reference->parameter : std::string_view(site.parameter));
        if (reference == nullptr || !reference->reference.empty()) continue;
        if (!times.t_ref || !(*times.t_ref > 0.0))
            throw usage_error(
                "site {}: its reference time t_ref is not known, so {} cannot be computed; run the "
                "shards again with this version of hlaunch",
                site.name, reference->parameter);
        log_t_ref_ = std::log(*times.t_ref);
    }
    std::ranges::sort(parameters_);
    if (std::ranges::adjacent_find(parameters_) != parameters_.end())
        throw usage_error("parameter {} has two sampling sites; the shard file is damaged",
                          *std::ranges::adjacent_find(parameters_));

    const auto site_of = [&](std::string_view parameter, const Site& needed_by) {
        const auto found = std::ranges::find(sites_, parameter, &Site::parameter);
        if (found == sites_.end())
            throw usage_error("site {} needs a site of {}, which is not there; the shard file is damaged",
                              needed_by.name, parameter);
        return found - sites_.begin();
    };
    for (const Site& site : sites_) {
        Target target;
        const ReferenceSite* reference = reference_site(site);
        if (reference == nullptr) {
            target.parameter = index_of(site.parameter);
        } else {
            target.parameter = index_of(std::string(reference->parameter));
            if (reference->reference.empty()) {
                target.role = Role::log_reference;
                target.exponent_site = site_of(reference->exponent, site);
            } else {
                target.role = Role::ratio;
                target.reference_site = site_of(reference->reference, site);
            }
        }
        targets_.push_back(target);
    }
}

Eigen::Index SiteTransform::index_of(const std::string& parameter) const {
    const auto found = std::ranges::find(parameters_, parameter);
    if (found == parameters_.end()) throw std::logic_error("no parameter " + parameter);
    return found - parameters_.begin();
}

bool SiteTransform::has(const std::string& parameter) const {
    return std::ranges::find(parameters_, parameter) != parameters_.end();
}

Eigen::Index SiteTransform::site_of(Eigen::Index parameter) const {
    const auto found = std::ranges::find(targets_, parameter, &Target::parameter);
    return found - targets_.begin();
}

double SiteTransform::inside(Eigen::Index site) const {
    const Site& s = sites_[static_cast<std::size_t>(site)];
    if (s.kind == SiteKind::z) return 0.0;
    if (s.low && s.high) return 0.5 * (*s.low + *s.high);
    if (s.low) return *s.low + 1.0;
    return s.high ? *s.high - 1.0 : 0.0;
}

bool SiteTransform::to_parameters(const Eigen::VectorXd& x, Eigen::VectorXd& theta) const {
    Eigen::VectorXd value(x.size());
    for (std::size_t i = 0; i < sites_.size(); ++i) {
        const auto at = static_cast<Eigen::Index>(i);
        const std::optional<double> found = sites_[i].value(x(at));
        if (!found) return false;
        value(at) = *found;
    }
    theta.resize(x.size());
    for (std::size_t i = 0; i < sites_.size(); ++i) {
        const Target& target = targets_[i];
        const double v = value(static_cast<Eigen::Index>(i));
        switch (target.role) {
            case Role::plain:
                theta(target.parameter) = v;
                break;
            case Role::log_reference:
                theta(target.parameter) = std::exp(v - value(target.exponent_site) * log_t_ref_);
                break;
            case Role::ratio:
                theta(target.parameter) = std::exp(value(target.reference_site)) * v;
                break;
        }
    }
    return theta.allFinite();
}

bool SiteTransform::to_sites(const Eigen::VectorXd& theta, Eigen::VectorXd& x) const {
    x.resize(theta.size());
    // The logarithm of the reference value of the power law that `log_site` belongs to.
    const auto log_reference = [&](std::size_t log_site) {
        const Target& target = targets_[log_site];
        const auto exponent = static_cast<std::size_t>(target.exponent_site);
        return std::log(theta(target.parameter)) + theta(targets_[exponent].parameter) * log_t_ref_;
    };
    for (std::size_t i = 0; i < sites_.size(); ++i) {
        const Target& target = targets_[i];
        double value = theta(target.parameter);
        if (target.role == Role::log_reference) value = log_reference(i);
        if (target.role == Role::ratio)
            value *= std::exp(-log_reference(static_cast<std::size_t>(target.reference_site)));
        const std::optional<double> found = std::isfinite(value) ? sites_[i].sampled(value) : std::nullopt;
        if (!found) return false;
        x(static_cast<Eigen::Index>(i)) = *found;
    }
    return true;
}

Eigen::MatrixXd SiteTransform::dtheta_dx(const Eigen::VectorXd& x, const Eigen::VectorXd& theta) const {
    Eigen::MatrixXd result = Eigen::MatrixXd::Zero(x.size(), x.size());
    for (std::size_t i = 0; i < sites_.size(); ++i) {
        const auto at = static_cast<Eigen::Index>(i);
        const Target& target = targets_[i];
        const double slope = sites_[i].slope(x(at));
        const double value = theta(target.parameter);
        switch (target.role) {
            case Role::plain:
                result(target.parameter, at) = slope;
                break;
            case Role::log_reference: {
                const auto exponent = static_cast<std::size_t>(target.exponent_site);
                result(target.parameter, at) = value * slope;
                result(target.parameter, target.exponent_site) =
                    -value * log_t_ref_ * sites_[exponent].slope(x(target.exponent_site));
                break;
            }
            case Role::ratio: {
                const auto reference = static_cast<std::size_t>(target.reference_site);
                const double scale = std::exp(*sites_[reference].value(x(target.reference_site)));
                result(target.parameter, at) = scale * slope;
                result(target.parameter, target.reference_site) =
                    value * sites_[reference].slope(x(target.reference_site));
                break;
            }
        }
    }
    return result;
}

SitePriors SiteTransform::priors() const {
    const auto size = static_cast<Eigen::Index>(sites_.size());
    SitePriors result{Eigen::VectorXd(size), Eigen::VectorXd(size)};
    for (Eigen::Index i = 0; i < size; ++i) {
        result.mean(i) = sites_[static_cast<std::size_t>(i)].prior_loc;
        result.sd(i) = sites_[static_cast<std::size_t>(i)].prior_sd;
    }
    return result;
}

SitePriors SiteTransform::full_priors() const {
    SitePriors result = priors();
    for (Eigen::Index i = 0; i < result.sd.size(); ++i)
        result.sd(i) = sites_[static_cast<std::size_t>(i)].full_prior_sd;
    return result;
}

}  // namespace hlaunch
