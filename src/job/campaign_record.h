// What the journal of a campaign tells of former starts.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "run/outcome.h"

namespace hlaunch {

struct FormerStage {
    std::optional<Outcome> outcome;  // of its last end; absent: none, or it was stopped
    std::string hash;                // of the result that was found good
    std::string why, time;
    double seconds = 0.0, cpu_seconds = 0.0;
};

struct FormerScan {
    unsigned part = 0;
    std::string key;
    std::map<std::string, FormerStage> stages;  // check, fit, sample
};

class CampaignRecord {
  public:
    explicit CampaignRecord(const std::vector<nlohmann::json>& events);

    // The scan's number; a new one for a name never seen.
    [[nodiscard]] unsigned part_of(const std::string& name);
    // As it ended under this key; under another one it is a new scan.
    [[nodiscard]] FormerStage stage(const std::string& name, const std::string& key, const std::string& stage) const;

  private:
    void take(const nlohmann::json& event);

    std::map<std::string, FormerScan> scans_;  // by name
    std::map<unsigned, std::string> names_;    // by part
};

}  // namespace hlaunch
