// The columns that every table of results has, beside those of the estimates.
#pragma once

#include <array>
#include <string>

namespace hlaunch {

inline constexpr std::array first_columns{"name", "status", "class", "q_per_angstrom", "angles"};
inline constexpr std::array last_columns{
    "reduced_chi_squared", "worst_r_hat", "smallest_ess", "accepted", "seconds",   "cpu_seconds", "data", "config",
    "application_version", "host",        "ended",        "key",      "data_hash", "config_hash", "why"};

// Only where a scan has an exact posterior; the first of each parameter, too, behind its name.
inline constexpr std::array posterior_endings{"_q05", "_median", "_q95", "_sd_pairs_once", "_sd_pairs_twice"};
inline constexpr std::array posterior_columns{"verdict",         "certified_by", "k_hat",
                                              "effective_draws", "pairs",        "posterior_key"};

// Of those that every table has, but for the estimates'.
[[nodiscard]] bool is_result_column(const std::string& name);

}  // namespace hlaunch
