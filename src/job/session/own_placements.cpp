#include "job/session/own_placements.h"

#include <algorithm>

#include "base/error.h"

namespace hlaunch {

void keep_own_placements(Plan& plan, const WorkerRank& rank, bool share) {
    if (rank.local_ranks <= 1) return;
    std::vector<Placement> own;
    for (const auto& placement : plan.placements)
        if (placement.index % rank.local_ranks == rank.local_rank) own.push_back(placement);
    if (own.empty() && share) own.push_back(plan.placements[rank.local_rank % plan.placements.size()]);
    if (own.empty())
        throw usage_error(
            "this is worker {} of {} on its node, which makes {} placements; start fewer workers a node, or give --per",
            rank.local_rank, rank.local_ranks, plan.placements.size());
    for (unsigned i = 0; i < own.size(); ++i) own[i].index = i;
    plan.placements = std::move(own);
}

}  // namespace hlaunch
