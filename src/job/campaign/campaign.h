// Many analyses as one run: each scan of a list looked at, fitted and, where wanted, sampled; one table of all.
#pragma once

#include "job/campaign/scans.h"
#include "job/nodes/desk_client.h"
#include "job/request/options.h"
#include "os/process/environment.h"
#include "topology/machine.h"

namespace hlaunch {

// company: one of several ranks that share the campaign; rank 0 makes the table. Returns the exit code: 0 all done, 128
// + signal. Throws usage Error before anything is started where no scan can be analysed (or one cannot, and
// wish.strict), failure where some were not.
[[nodiscard]] int run_campaign(const CampaignWish& wish, const JobOptions& options, const Machine& machine,
                               const Environment& environment, const RankDesk* company = nullptr);

}  // namespace hlaunch
