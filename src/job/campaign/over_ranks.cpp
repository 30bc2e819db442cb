#include "job/campaign/over_ranks.h"

#include <fmt/format.h>

#include "base/error.h"
#include "job/request/content_hash.h"

namespace hlaunch {

std::string fingerprint_of(const std::vector<CampaignScan>& scans) {
    std::string all;
    for (const auto& scan : scans) all += scan.row.scan.name + "\n" + scan.row.key + scan.posterior_key + "\n";
    return hash_text(all);
}

RunFolder folder_of_rank(const RunFolder& run, const WorkerRank& rank) {
    if (rank.rank == 0) return run;
    RunFolder out{run.worker(fmt::format("{}-{}", rank.job, rank.rank))};
    out.scans_name = "../../" + run.scans_name;
    return out;
}

void run_dealt(const CampaignRank& rank, const std::string& stage, const std::vector<DeskClient::Offered>& offered,
               std::size_t placements, const std::function<void(const std::vector<std::uint64_t>&)>& run) {
    if (rank.first()) rank.desk.offer(stage + " " + rank.fingerprint, offered);
    for (;;) {
        const auto share = rank.desk.take(stage, static_cast<unsigned>(placements), true, rank.patience);
        if (share.empty()) return;
        if (rank.desk.dealt_of() != stage + " " + rank.fingerprint)
            throw failure(
                "this rank's scans are not those of rank 0: a file, a config or the version of homodyne differs");
        run(share);
        rank.desk.ended(share, 0.0);
    }
}

}  // namespace hlaunch
