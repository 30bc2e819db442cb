// A scan's row from what is on disk and in the journals: what its survey left, what a former start or another rank did.
#pragma once

#include <string>

#include "homodyne/plan/planner.h"
#include "job/campaign/history.h"
#include "job/campaign/scans.h"
#include "plan/run_folder.h"

namespace hlaunch {

[[nodiscard]] std::string facts_path(const RunFolder& folder, const CampaignScan& scan);

// What the survey left, into the row; false: nothing is there yet.
[[nodiscard]] bool take_facts(const RunFolder& folder, CampaignScan& scan, homodyne::Mode mode);

// Whether the stage was found good and what it left is still that.
[[nodiscard]] bool is_done(const RunFolder& folder, const CampaignRecord& record, const CampaignScan& scan,
                           const std::string& stage);

// What a former start found good and is still there, into the row. False: the scan is to be looked at again.
[[nodiscard]] bool take_up_former(const RunFolder& folder, const CampaignRecord& record, CampaignScan& scan,
                                  homodyne::Mode mode, bool retry_failed);

// What another rank made of the stage, into the row.
void take_from_rank(const RunFolder& folder, const CampaignRecord& record, CampaignScan& scan,
                    const std::string& stage);

}  // namespace hlaunch
