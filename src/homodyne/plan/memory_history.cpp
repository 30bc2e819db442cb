#include "homodyne/plan/memory_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace hlaunch::homodyne {
namespace {

constexpr std::size_t kept = 20, least_runs = 3, runs_with_outlier = 5;
constexpr double least_factor = 0.5, largest_factor = 4.0;

}  // namespace

std::string MemoryHistory::key(std::string_view version, std::string_view stage, std::string_view mode) {
    return fmt::format("{} {} {}", version, stage, mode);
}

void MemoryHistory::add(const std::string& key, double ratio) {
    if (!std::isfinite(ratio) || ratio <= 0.0) return;
    auto& ratios = ratios_[key];
    ratios.push_back(ratio);
    if (ratios.size() > kept) ratios.erase(ratios.begin());
}

LearnedFactor MemoryHistory::factor(const std::string& key) const {
    const auto at = ratios_.find(key);
    if (at == ratios_.end() || at->second.size() < least_runs) return {};
    auto sorted = at->second;
    std::sort(sorted.begin(), sorted.end(), std::greater<>());
    const double upper = sorted[sorted.size() < runs_with_outlier ? 0 : 1];
    return {.factor = std::clamp(upper, least_factor, largest_factor), .runs = static_cast<unsigned>(sorted.size())};
}

nlohmann::json MemoryHistory::to_json() const {
    return ratios_;
}

MemoryHistory MemoryHistory::from_json(const nlohmann::json& json) {
    MemoryHistory out;
    if (!json.is_object()) return out;
    for (const auto& [key, ratios] : json.items())
        if (ratios.is_array())
            for (const auto& ratio : ratios)
                if (ratio.is_number()) out.add(key, ratio.get<double>());
    return out;
}

std::uint64_t scaled(std::uint64_t bytes, const LearnedFactor& learned) {
    return learned.runs == 0 ? bytes : static_cast<std::uint64_t>(static_cast<double>(bytes) * learned.factor);
}

std::string describe(const LearnedFactor& learned) {
    return learned.runs == 0
               ? std::string()
               : fmt::format(", x {:.2f} learned from {} runs on this machine", learned.factor, learned.runs);
}

}  // namespace hlaunch::homodyne
