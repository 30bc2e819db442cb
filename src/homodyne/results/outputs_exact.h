// What merge.json says of an exact posterior (docs/schemas/merge.schema.json, "exact").
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "merge/merge.h"

namespace hlaunch {

[[nodiscard]] nlohmann::ordered_json exact_json(const ExactRecord& exact, const std::vector<ParameterRow>& table);

// "certificate": what the exact density said of a merged posterior.
[[nodiscard]] nlohmann::ordered_json certificate_json(const CertificateRecord& certificate);
// "answer": "certified consensus", "uncertified consensus" (or pooled, single), "exact".
[[nodiscard]] std::string answer_name(const MergeReport& report);

}  // namespace hlaunch
