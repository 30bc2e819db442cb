#include "run/durations.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace hlaunch {

std::optional<double> expected_seconds(const std::vector<nlohmann::json>& events, std::string_view stage, double cost) {
    double slowest = 0.0;
    for (const auto& event : events) {
        if (event.value("event", "") != "end" || event.value("stage", "") != stage) continue;
        if (event.value("outcome", "") != "done") continue;
        const double its_cost = event.value("cost", 0.0), seconds = event.value("seconds", 0.0);
        if (its_cost > 0.0) slowest = std::max(slowest, seconds / its_cost);
    }
    return slowest > 0.0 && cost > 0.0 ? std::optional(cost * slowest) : std::nullopt;
}

}  // namespace hlaunch
