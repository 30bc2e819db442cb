// What one of many workers draws: its share first, then what is left, in turn with the others by their claims.
#pragma once

#include <string>

#include "homodyne/facts.h"
#include "job/claims.h"
#include "job/context.h"
#include "job/ranks.h"
#include "os/held_signals.h"
#include "plan/plan.h"
#include "plan/run_folder.h"

namespace hlaunch {

struct Sampling {
    JobContext& context;
    const RunFolder& run;  // that all share; context.folder is our own
    const WorkerRank& rank;
    const Plan& placements;
    const homodyne::Facts& facts;
    const HeldSignals& signals;
    std::string key;  // of the run: what is captured for another does not count
    bool stay;        // see WorkerWish
};

// Until nothing is free, or with stay nothing is left. Throws what drawing throws, once its shards are given up, and
// Interrupted.
void sample_with_others(Sampling& sampling, Claims& claims);

}  // namespace hlaunch
