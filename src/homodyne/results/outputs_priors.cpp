#include "homodyne/results/outputs_priors.h"

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
            worst.see(std::numeric_limits<double>::infinity(), part.label + ": a draw outside its bounds");
            continue;
        }
        for (Eigen::Index column = 0; column < theta.size(); ++column) {
            const double recorded = part.parameters.values(row, column);
            worst.see(std::abs(theta(column) - recorded) / std::max(std::abs(recorded), 1e-300),
                      fmt::format("{} of {}", map.parameters()[static_cast<std::size_t>(column)], part.label));
        }
    }
}

void check_config(const SiteMap& map, const ParameterSpace& config, PriorDifference& worst) {
    for (const Site& site : map.all()) {
        const auto entry = config.find(site.parameter);
        if (!entry) continue;
        ++worst.compared;
        const double range = entry->high - entry->low;
        if (site.kind == SiteKind::direct) {
            // An NLSQ-informed prior has its own centre and width; its bounds, to which the width is
            // clipped, are the config's.
            const std::string bounds =
                fmt::format("{}: sampled in {:.6g}..{:.6g}; {} says {:.6g}..{:.6g}", site.parameter,
                            site.low.value_or(NAN), site.high.value_or(NAN), config.source, entry->low, entry->high);
            worst.see(std::abs(site.low.value_or(NAN) - entry->low) / range, bounds);
            worst.see(std::abs(site.high.value_or(NAN) - entry->high) / range, bounds);
            continue;
        }
        const std::string where = fmt::format(
            "{}: sampled with centre {:.6g}, scale {:.6g}, bounds {:.6g}..{:.6g}; {} says {:.6g}, "
            "{:.6g}, "
            "{:.6g}..{:.6g}",
            site.parameter, site.center, site.scale, site.low.value_or(NAN), site.high.value_or(NAN), config.source,
            entry->center, entry->scale, entry->low, entry->high);
        worst.see(std::abs(site.center - entry->center) / range, where);
        worst.see(std::abs(site.scale - entry->scale) / range, where);
        worst.see(std::abs(site.low.value_or(NAN) - entry->low) / range, where);
        worst.see(std::abs(site.high.value_or(NAN) - entry->high) / range, where);
    }
}

}  // namespace hlaunch
