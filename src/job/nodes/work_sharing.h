// What one of many workers draws, in turn with the others: by their claims, or as rank 0's desk deals.
#pragma once

#include <chrono>
#include <string>

#include "homodyne/app/facts.h"
#include "job/nodes/claims.h"
#include "job/nodes/desk_client.h"
#include "job/request/launcher_rank.h"
#include "job/results/captured_shards.h"
#include "job/session/context.h"
#include "os/spawn/blocked_signals.h"
#include "plan/plan.h"
#include "plan/run_folder.h"

namespace hlaunch {

// How often a worker that waits for another looks whether it is done.
inline constexpr auto worker_look = std::chrono::seconds(1);

struct Sampling {
    JobContext& context;
    const RunFolder& run;  // that all share; context.folder is our own
    const WorkerRank& rank;
    const Plan& placements;
    const homodyne::Facts& facts;
    const BlockedSignals& signals;
    std::string key;  // of the run: what is captured for another does not count
    bool stay;        // see WorkerWish
    CapturedShards captured{context, run, key, facts.num_shards};
};

// Until nothing is free, or with stay nothing is left. Throws what drawing throws, once its shards are given up, and
// Interrupted.
void sample_with_others(Sampling& sampling, Claims& claims);
// The same with shares from rank 0's desk, by their costs and as ranks get done; claims still keep other jobs off.
void sample_from_desk(Sampling& sampling, Claims& claims, DeskClient& desk);

}  // namespace hlaunch
