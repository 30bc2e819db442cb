// What the journal of a campaign tells of former starts.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "plan/run_folder.h"
#include "run/outcome.h"

namespace hlaunch {

struct FormerStage {
    std::optional<Outcome> outcome;  // of its last end; absent: none, or it was stopped
    std::string hash;                // of the result that was found good
    std::string why, time, host;
    double seconds = 0.0, cpu_seconds = 0.0;
};

struct FormerScan {
    std::string key;
    std::map<std::string, FormerStage> stages;  // check, fit, sample
};

class CampaignRecord {
  public:
    // The run's own journal, then those of ranks: each numbers the scans in its own way.
    explicit CampaignRecord(const std::vector<std::vector<nlohmann::json>>& journals);

    // The scan's number; a new one for a name never seen.
    [[nodiscard]] unsigned part_of(const std::string& name);
    // As it ended under this key; under another one it is a new scan.
    [[nodiscard]] FormerStage stage(const std::string& name, const std::string& key, const std::string& stage) const;

  private:
    void take(const std::string& name, const std::string& host, const nlohmann::json& event);

    std::map<std::string, FormerScan> scans_;  // by name
    std::map<std::string, unsigned> parts_;    // by name, in the run's own journal
    unsigned next_part_ = 0;
};

// own: the events of the run's journal where it is open here; else it is read. With those of all ranks.
[[nodiscard]] CampaignRecord record_of(const RunFolder& run, std::vector<nlohmann::json> own);

}  // namespace hlaunch
