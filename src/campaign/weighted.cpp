#include "campaign/weighted.h"

#include <algorithm>
#include <cmath>

namespace hlaunch {
namespace {

bool same_q(double a, double b) {
    return std::abs(a - b) <= 1e-6 * std::max(std::abs(a), std::abs(b));
}

}  // namespace

WeightedMean weighted_mean(const std::vector<Estimate>& estimates) {
    WeightedMean out;
    double weights = 0.0, sum = 0.0;
    const auto counts = [](const Estimate& e) { return std::isfinite(e.value) && std::isfinite(e.sd) && e.sd > 0.0; };
    for (const auto& each : estimates) {
        if (!counts(each)) continue;
        const double weight = 1.0 / (each.sd * each.sd);
        weights += weight;
        sum += weight * each.value;
        ++out.count;
    }
    if (out.count == 0) return out;
    out.mean = sum / weights;
    out.sd = 1.0 / std::sqrt(weights);
    for (const auto& each : estimates)
        if (counts(each)) out.chi_squared += std::pow((each.value - out.mean) / each.sd, 2);
    if (out.count > 1) out.birge_ratio = std::sqrt(out.chi_squared / static_cast<double>(out.count - 1));
    out.scaled_sd = out.sd * std::max(1.0, out.birge_ratio);
    return out;
}

std::vector<Summary> summarize(const std::vector<ScanRow>& rows) {
    struct Group {
        Summary summary;
        std::vector<Estimate> estimates;
    };
    std::vector<Group> groups;
    for (const auto& row : rows) {
        if (row.status != "done" || !row.best()) continue;
        const double q = row.scan.q_per_angstrom.value_or(row.q_per_angstrom);
        for (const auto& estimate : row.best()->parameters) {
            auto found = std::find_if(groups.begin(), groups.end(), [&](const Group& group) {
                return group.summary.config == row.scan.config && group.summary.parameter == estimate.name &&
                       same_q(group.summary.q_per_angstrom, q);
            });
            if (found == groups.end())
                found = groups.insert(groups.end(),
                                      Group{.summary = {row.scan.config, q, estimate.name, {}}, .estimates = {}});
            found->estimates.push_back(estimate);
        }
    }
    std::vector<Summary> out;
    for (auto& group : groups) {
        group.summary.mean = weighted_mean(group.estimates);
        if (group.summary.mean.count > 0) out.push_back(std::move(group.summary));
    }
    std::stable_sort(out.begin(), out.end(), [](const Summary& a, const Summary& b) {
        return a.config != b.config ? a.config < b.config : a.q_per_angstrom < b.q_per_angstrom;
    });
    return out;
}

}  // namespace hlaunch
