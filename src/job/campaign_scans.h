// From what the user typed to the scans of a campaign: patterns and tables expanded, every file looked at.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "campaign/row.h"
#include "homodyne/facts.h"
#include "job/options.h"

namespace hlaunch {

struct CampaignWish {
    std::vector<std::string> configs, data;  // as typed; data: files or patterns
    std::string table;                       // .csv, .toml, else a list; empty: none
    std::vector<double> qs_per_angstrom;
    std::string plots = "all";  // all, first, none
    bool strict = false;        // one bad scan and nothing is started
    bool retry_failed = false;
    bool check_only = false;  // look at the scans, fit none
};

struct CampaignScan {
    ScanRow row;
    unsigned part = 0;  // its number in the journal, the same at each start
    std::optional<homodyne::Facts> facts;
    bool sampled = false;  // CMC is wanted, too
};

// With the hashes of config and data; those that cannot be read, and copies, are bad-input with their reason. Throws
// usage Error: a config that is none, patterns that match nothing (all of them in one line), nothing at all.
[[nodiscard]] std::vector<CampaignScan> collect_scans(const CampaignWish& wish);

// What makes the result of a scan another one; goes into its row.
void set_key(CampaignScan& scan, const CampaignWish& wish, const JobOptions& options, const std::string& version,
             const nlohmann::json& variables);

// After the survey: two wavevectors that the application would read as the same one.
void mark_same_q(std::vector<CampaignScan>& scans);

}  // namespace hlaunch
