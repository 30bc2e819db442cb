// What one part of the program asks another to do of an analysis: no wish of the user, and on no command line.
#pragma once

#include <optional>

#include "homodyne/plan/analysis_request.h"

namespace hlaunch {

// What the workers of an analysis share is prepared (survey, NLSQ) by one of them; each samples; one merges.
enum class Steps { all, prepare, sample, merge };

struct WorkOrder {
    Steps steps = Steps::all;
    unsigned placements_in_all = 0;  // of all workers together, which the shards are to fill; 0: this machine's
    // Of an exact posterior: other workers in the run folder answer rounds, too, and of those on this node each has its
    // share of the placements.
    bool shares_rounds = false;
    unsigned local_rank = 0, local_ranks = 1;
    std::optional<homodyne::ShortRun> short_run{};
    bool compile_only = false;  // end each shard where it would draw
};

}  // namespace hlaunch
