#include "run/progress/progress.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text/quantity.h"

namespace hlaunch {

std::string render_progress(const InstanceProgress& p, std::size_t columns) {
    const auto units = p.units_total > 0 ? fmt::format(" {:>3}/{} {}", p.units_done, p.units_total, p.unit) : "";
    const auto time = fmt::format("  {:>7}  cpu {:>4.0f}%", format_duration(p.elapsed_s), p.cpu_percent);
    const auto memory = p.resident_bytes > 0 ? fmt::format("  {:>8}", format_bytes(p.resident_bytes)) : "";
    const auto label = fmt::format("  {:<9}", p.label), state = "  " + p.state;
    if (p.cpus.empty())
        return (label + units + fmt::format("  {:>7}", format_duration(p.elapsed_s))).substr(0, columns);
    auto draws = p.draws > 0 ? fmt::format("  {} draws", p.draws) : "";
    if (p.r_hat) draws += fmt::format("  R-hat {:.3f}", *p.r_hat);
    // A narrow terminal loses what changes least first.
    for (auto line : {label + fmt::format(" cpus {:<9}", p.cpus) + units + draws + time + memory + state,
                      label + units + draws + time + memory + state, label + units + draws + time + state,
                      label + units + time + memory + state, label + units + time + state})
        if (line.size() <= columns) return line;
    return (label + units + state).substr(0, columns);
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
