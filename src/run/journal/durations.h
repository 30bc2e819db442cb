// How long something may take, from what the journal tells of its like.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>
#include <vector>

namespace hlaunch {

// cost x the largest ratio of seconds to cost among the instances of that stage that ended well; absent before the
// first.
[[nodiscard]] std::optional<double> expected_seconds(const std::vector<nlohmann::json>& events, std::string_view stage,
                                                     double cost);

}  // namespace hlaunch
