#include "run/journal/durations.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json_fields.h"

namespace hlaunch {

std::optional<double> expected_seconds(const std::vector<nlohmann::json>& events, std::string_view stage, double cost) {
    double slowest = 0.0;
    for (const auto& event : events) {
        if (text_in(event, "event") != "end" || text_in(event, "stage") != stage) continue;
        if (text_in(event, "outcome") != "done") continue;
        const double its_cost = number_in(event, "cost").value_or(0.0),
                     seconds = number_in(event, "seconds").value_or(0.0);
        if (its_cost > 0.0) slowest = std::max(slowest, seconds / its_cost);
    }
    return slowest > 0.0 && cost > 0.0 ? std::optional(cost * slowest) : std::nullopt;
}

}  // namespace hlaunch
