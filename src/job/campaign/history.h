// What the journal of a campaign tells of former starts.
#pragma once

#include <compare>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "plan/run_folder.h"
#include "run/states/outcome.h"

namespace hlaunch {

struct FormerStage {
    std::optional<Outcome> outcome;  // of its last end; absent: none, or it was stopped
    std::string hash;                // of the result that was found good
    std::string why, time, host;
    double seconds = 0.0, cpu_seconds = 0.0;
};

class CampaignRecord {
  public:
    // The run's own journal, then those of ranks: each numbers the scans in its own way.
    explicit CampaignRecord(const std::vector<std::vector<nlohmann::json>>& journals);

    // The scan's number; a new one for a name never seen.
    [[nodiscard]] unsigned part_of(const std::string& name);
    // stage: check, fit, sample, posterior. As it ended under this key (CampaignScan::key_of); under another one it is
    // a new scan. Of several journals the one whose result is on disk, by its hash; else the latest by its host's
    // clock.
    [[nodiscard]] FormerStage stage(const std::string& name, const std::string& key, const std::string& stage,
                                    const std::string& hash_on_disk = "") const;

  private:
    struct Which {
        std::string name, key, stage;
        auto operator<=>(const Which&) const = default;
    };
    using Stages = std::map<Which, FormerStage>;
    [[nodiscard]] static Stages stages_of(const std::vector<nlohmann::json>& journal);

    std::vector<Stages> journals_;           // each in its own order: clocks of hosts differ
    std::map<std::string, unsigned> parts_;  // by name, in the run's own journal
    unsigned next_part_ = 0;
};

// own: the events of the run's journal where it is open here; else it is read. With those of all ranks.
[[nodiscard]] CampaignRecord record_of(const RunFolder& run, std::vector<nlohmann::json> own);

}  // namespace hlaunch
