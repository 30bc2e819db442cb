// One of many workers of a run: on each node of an allocation one, or several. Whoever comes first prepares (survey and
// NLSQ); then each draws its share of the shards in a folder of its own, and what the others leave. No server is
// needed.
#pragma once

#include "job/nodes/desk_client.h"
#include "job/request/launcher_rank.h"
#include "job/request/options.h"
#include "os/process/environment.h"
#include "topology/machine.h"

namespace hlaunch {

struct WorkerWish {
    // Times the rank is waited before anything is started, at most ten minutes: crowds of Pythons on a shared file
    // system hold each other up.
    double stagger_s = 0.0;
    // Until every shard is drawn, not only until none is free: to take what another leaves when it dies. For jobs that
    // hold all their nodes until the last worker ends.
    bool stay = false;
};

// Workers that were started by mpirun: rank 0's desk deals the shards.
struct WorkerDesk {
    DeskClient& client;
    bool shared_folder = true;  // else each node has a run folder of its own, and rank 0 gathers
};

// --output is the run folder that all workers share. Returns the exit code.
[[nodiscard]] int run_worker(const WorkerRank& rank, const WorkerWish& wish, const JobOptions& options,
                             const Machine& machine, const Environment& environment, const WorkerDesk* desk = nullptr);

}  // namespace hlaunch
