#include "homodyne/density/posterior_starts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "merge/statistics/normal_draws.h"
#include "posterior/maxima.h"

namespace hlaunch::homodyne {
namespace {

// In units of the priors' standard deviations.
constexpr std::array<double, 4> widths{0.3, 0.3, 1.0, 1.0};

std::optional<double> value_in(const NlsqResult& fit, const std::string& name) {
    for (const auto& parameter : fit.parameters)
        if (parameter.name == name) return parameter.value;
    // One contrast and offset for all angles; the sites may have one an angle.
    if (const auto at = name.find('_');
        at != std::string::npos && (name.starts_with("contrast_") || name.starts_with("offset_")))
        return value_in(fit, name.substr(0, at));
    return std::nullopt;
}

std::optional<Eigen::VectorXd> x_of_fit(const DensityModel& model, const SiteMap& map, const NlsqResult& fit) {
    Eigen::VectorXd theta(static_cast<Eigen::Index>(map.parameters().size()));
    for (std::size_t i = 0; i < map.parameters().size(); ++i) {
        const auto& name = map.parameters()[i];
        auto value = value_in(fit, name);
        if (!value && name.starts_with("log_")) value = std::log(model.noise_scale);
        if (!value) return std::nullopt;
        theta(static_cast<Eigen::Index>(i)) = *value;
    }
    Eigen::VectorXd x;
    if (!map.to_sites(theta, x)) return std::nullopt;
    return x;
}

}  // namespace

Eigen::MatrixXd posterior_starts(const DensityModel& model, const SiteMap& map, const std::optional<NlsqResult>& fit,
                                 std::uint64_t seed) {
    std::vector<Eigen::VectorXd> rows;
    if (fit)
        if (auto x = x_of_fit(model, map, *fit)) rows.push_back(std::move(*x));
    const Eigen::VectorXd centre = model.prior_centre(), sd = model.prior_sd();
    rows.push_back(centre);
    NormalDraws normal(seed);
    for (const double width : widths) {
        Eigen::VectorXd x = centre + width * sd.cwiseProduct(normal.next(centre.size()));
        for (std::size_t i = 0; i < model.logs.size(); ++i)
            if (model.logs[i]) x(static_cast<Eigen::Index>(i)) = centre(static_cast<Eigen::Index>(i));
        rows.push_back(std::move(x));
    }
    Eigen::MatrixXd out(static_cast<Eigen::Index>(rows.size()), centre.size());
    for (std::size_t i = 0; i < rows.size(); ++i) out.row(static_cast<Eigen::Index>(i)) = rows[i];
    return out;
}

Eigen::MatrixXd with_fitted_noise(DensityRounds& rounds, const DensityModel& model, Eigen::MatrixXd rows) {
    const auto found = std::ranges::find(model.logs, true);
    if (found == model.logs.end() || std::ranges::count(model.logs, true) != 1) return rows;
    const auto noise = static_cast<Eigen::Index>(found - model.logs.begin());
    const auto points = static_cast<double>(model.coarse_points);
    const auto slopes = rounds.slopes(rows, PosteriorOf::coarse);
    Eigen::Index kept = 0;
    for (Eigen::Index row = 0; row < rows.rows(); ++row) {
        const auto& here = slopes[static_cast<std::size_t>(row)];
        // By homodyne's Gaussian noise the slope along log sigma is points - sum of squares / sigma^2.
        const double squares = points - here.loss_gradient(noise);
        if (!std::isfinite(here.log_likelihood) || !(squares > 0.0)) continue;
        rows.row(kept) = rows.row(row);
        rows(kept, noise) += 0.5 * std::log(squares / points);
        ++kept;
    }
    return rows.topRows(kept);
}

Eigen::MatrixXd with_coarse_maxima(DensityRounds& rounds, const DensityModel& model, double counted,
                                   Eigen::MatrixXd rows) {
    constexpr double excluded = 12.0;  // nats of Laplace's evidence
    if (rows.rows() == 0 || 2 * model.coarse_points * model.times_counted > model.points) return rows;
    ServedDensity coarse(rounds, model, counted, PosteriorOf::coarse);
    const auto found = find_maxima(coarse, rows).maxima;
    std::vector<Eigen::VectorXd> kept;
    for (const auto& maximum : found)
        if (maximum.log_evidence > found.front().log_evidence - excluded) kept.push_back(maximum.x);
    if (kept.empty()) return rows;
    Eigen::MatrixXd out(static_cast<Eigen::Index>(kept.size()), rows.cols());
    for (std::size_t i = 0; i < kept.size(); ++i) out.row(static_cast<Eigen::Index>(i)) = kept[i];
    return out;
}

}  // namespace hlaunch::homodyne
