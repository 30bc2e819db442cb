// What merge.json says of an exact posterior (docs/schemas/merge.schema.json, "exact").
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "merge/merge.h"

namespace hlaunch {

[[nodiscard]] nlohmann::ordered_json exact_json(const ExactRecord& exact, const std::vector<ParameterRow>& table);

}  // namespace hlaunch
