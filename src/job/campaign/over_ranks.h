// One rank's part in a campaign that runs over several: rank 0's desk deals scans, stage by stage, by their place in
// the list that all have alike.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "job/campaign/scans.h"
#include "job/nodes/desk_client.h"
#include "job/request/launcher_rank.h"
#include "plan/run_folder.h"

namespace hlaunch {

struct CampaignRank {
    DeskClient& desk;
    WorkerRank rank;
    DeskClient::Patience patience;
    RunFolder run{};            // that of all ranks
    std::string fingerprint{};  // of all scans with their keys: the same on all ranks

    [[nodiscard]] bool first() const { return rank.rank == 0; }
};

[[nodiscard]] std::string fingerprint_of(const std::vector<CampaignScan>& scans);

// The folder of this rank's own records in the run's, where all share the scans. Rank 0's is the run's.
[[nodiscard]] RunFolder folder_of_rank(const RunFolder& run, const WorkerRank& rank);

// Rank 0 offers; then every rank does share after share, until all ranks are done with the stage. Throws failure where
// this rank has other scans than rank 0.
void run_dealt(const CampaignRank& rank, const std::string& stage, const std::vector<DeskClient::Offered>& offered,
               std::size_t placements, const std::function<void(const std::vector<std::uint64_t>&)>& run);

}  // namespace hlaunch
