// From what the user typed to the scans of a campaign: patterns and tables expanded, every file looked at.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "campaign/row.h"
#include "homodyne/app/facts.h"
#include "job/request/options.h"

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
    bool sampled = false;         // CMC is wanted, too
    bool exact = false;           // the exact posterior is, which a fit may be missing for
    bool fitted = false;          // exact: NLSQ is over, whatever came of it
    bool resumed = false;         // the survey is a former start's
    std::string posterior_key{};  // of what decides the posterior and nothing before it
    [[nodiscard]] std::string key_of(const std::string& stage) const {
        return stage == "posterior" ? row.key + " " + posterior_key : row.key;
    }
    [[nodiscard]] std::string last_stage() const { return exact ? "posterior" : sampled ? "sample" : "fit"; }
};

// With the hashes of config and data; those that cannot be read, and copies, are bad-input with their reason. Throws
// usage Error: a config that is none, patterns that match nothing (all of them in one line), nothing at all.
[[nodiscard]] std::vector<CampaignScan> collect_scans(const CampaignWish& wish);

// What makes the result of a scan another one; goes into its row.
void set_key(CampaignScan& scan, const CampaignWish& wish, const AnalysisSpec& analysis, const std::string& version,
             const nlohmann::json& variables);

// Of all scans before anything else is asked of them. accepts_nlsq: priors are made of a fit that failed its check,
// too.
void want_posterior(CampaignScan& scan, const homodyne::PosteriorWish& wish, bool accepts_nlsq);

// After the survey: two wavevectors that the application would read as the same one.
void mark_same_q(std::vector<CampaignScan>& scans);

}  // namespace hlaunch
