// A file of commands over the placements of this machine: checked whole, then run, journalled, resumed.
#pragma once

#include <string>

#include "job/commands/queue_over_ranks.h"
#include "job/request/options.h"
#include "os/process/environment.h"
#include "topology/machine.h"

namespace hlaunch {

struct QueueWish {
    std::string file;           // "-": standard input
    bool null = false;          // records end with NUL
    bool retry_failed = false;  // also what ended badly before
};

// With --output: a run folder with a log a task, journal.jsonl and, the same file again, only what has not
// ended yet. Returns the exit code. rank: one of several that share the queue; rank 0 tells how all of it went.
[[nodiscard]] int run_queue(const QueueWish& wish, const JobOptions& options, const Machine& machine,
                            const Environment& environment, const RankDesk* rank = nullptr);

}  // namespace hlaunch
