#include "homodyne/outputs_priors.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace hlaunch {

void PriorDifference::see(double candidate, const std::string& at) {
    if (std::isnan(value) || !(candidate > value || std::isnan(candidate))) return;
    value = candidate;
    where = at;
}

void check_recorded(const PosteriorPart& part, const SiteMap& map, PriorDifference& worst) {
    Eigen::VectorXd theta;
    const Eigen::Index rows = part.sampled.values.rows();
    const Eigen::Index step = std::max<Eigen::Index>(1, rows / 200);
    for (Eigen::Index row = 0; row < rows; row += step) {
        const Eigen::VectorXd x = part.sampled.values.row(row).transpose();
        if (!x.allFinite() || !part.parameters.values.row(row).allFinite()) continue;
        if (!map.to_parameters(x, theta)) {
            worst.see(std::numeric_limits<double>::infinity(),
                      part.label + ": a draw outside its bounds");
            continue;
        }
        for (const Site& site : map.all()) {
            if (!map.has(site.parameter) || !site.low || !site.high) continue;
            const Eigen::Index column = map.index_of(site.parameter);
            worst.see(std::abs(theta(column) - part.parameters.values(row, column)) /
                          (*site.high - *site.low),
                      fmt::format("{} of {}", site.parameter, part.label));
        }
    }
}

void check_config(const SiteMap& map, const ParameterSpace& config, PriorDifference& worst) {
    for (const Site& site : map.all()) {
        const auto entry = config.find(site.parameter);
        if (!entry || site.kind != SiteKind::z) continue;
        const double range = entry->high - entry->low;
        const std::string where = fmt::format(
            "{}: sampled with centre {:.6g}, scale {:.6g}, bounds {:.6g}..{:.6g}; {} says {:.6g}, "
            "{:.6g}, "
            "{:.6g}..{:.6g}",
            site.parameter, site.center, site.scale, site.low.value_or(NAN),
            site.high.value_or(NAN), config.source, entry->center, entry->scale, entry->low,
            entry->high);
        worst.see(std::abs(site.center - entry->center) / range, where);
        worst.see(std::abs(site.scale - entry->scale) / range, where);
        worst.see(std::abs(site.low.value_or(NAN) - entry->low) / range, where);
        worst.see(std::abs(site.high.value_or(NAN) - entry->high) / range, where);
    }
}

}  // namespace hlaunch
