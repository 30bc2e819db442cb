#include "run/progress.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/quantity.h"

namespace hlaunch {

std::string render_progress(const InstanceProgress& p, std::size_t columns) {
    std::string line = fmt::format("  {:<9} cpus {:<9}", p.label, p.cpus);
    if (p.units_total > 0) line += fmt::format(" {:>3}/{} {}", p.units_done, p.units_total, p.unit);
    line += fmt::format("  {:>7}  cpu {:>4.0f}%  {:>8}  {}", format_duration(p.elapsed_s), p.cpu_percent,
                        format_bytes(p.resident_bytes), p.state);
    if (line.size() > columns) line.resize(columns);
    return line;
}

std::optional<double> estimate_remaining_s(const std::vector<InstanceProgress>& all) {
    double longest = 0.0;
    for (const auto& p : all) {
        if (p.units_total == 0 || p.state != "running") continue;
        if (p.units_done == 0) return std::nullopt;
        const double each = p.elapsed_s / p.units_done;
        longest = std::max(longest, each * (p.units_total - p.units_done));
    }
    return longest > 0.0 ? std::optional(longest) : std::nullopt;
}

}  // namespace hlaunch
