// The one table of a campaign, failures included: a row a scan. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "campaign/row.h"
#include "campaign/weighted.h"

namespace hlaunch {

// RFC 4180, \n as line end: name, status, class, q, then the estimates with their sd, chi2, R-hat, ESS, times, labels,
// where it came from. With both methods the estimates are CMC's, and NLSQ's have columns of their own (nlsq_...).
[[nodiscard]] std::string results_csv(const std::vector<ScanRow>& rows);

// "hlaunch-campaign" version 1; docs/schemas/campaign.schema.json.
[[nodiscard]] nlohmann::json results_json(const std::vector<ScanRow>& rows);

// For people: how many of each status, each failure with its reason, the weighted means.
[[nodiscard]] std::string results_text(const std::vector<ScanRow>& rows);

}  // namespace hlaunch
