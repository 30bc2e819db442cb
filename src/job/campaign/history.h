// What the journals of a campaign, its own and those of ranks, tell of its scans.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "plan/run_folder.h"
#include "run/journal/history.h"

namespace hlaunch {

class CampaignRecord {
  public:
    // own: of the run's journal where it is open here, and goes on; else null. read: of the other journals, the run's
    // first, then those of ranks: each numbers the scans in its own way.
    CampaignRecord(const RunHistory* own, std::vector<RunHistory> read);

    // The scan's number; a new one for a name never seen.
    [[nodiscard]] unsigned part_of(const std::string& name);
    // stage: check, fit, sample, posterior. As it ended under this key (CampaignScan::key_of); under another one it is
    // a new scan. Of several journals the one whose result is on disk, by its hash; else the latest by its host's
    // clock.
    [[nodiscard]] FormerStage stage(const std::string& name, const std::string& key, const std::string& stage,
                                    const std::string& hash_on_disk = "") const;

  private:
    const RunHistory* own_;
    std::vector<RunHistory> read_;           // each in its own order: clocks of hosts differ
    std::map<std::string, unsigned> parts_;  // by name, in the run's own journal
    unsigned next_part_ = 0;
};

// own: of the run's journal where it is open here, else null: then it is read. With those of all ranks.
[[nodiscard]] CampaignRecord record_of(const RunFolder& run, const RunHistory* own);

}  // namespace hlaunch
