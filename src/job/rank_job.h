// The main job started once on each node by mpirun or srun: each rank works on the shards of the one run, the first
// merges.
#pragma once

#include "job/options.h"
#include "job/ranks.h"
#include "os/environment.h"
#include "topology/machine.h"

namespace hlaunch {

// What the launcher says of an analysis that is to run over several ranks; nothing where this is the only one, or one
// element of an array, whose merge is a job of its own.
[[nodiscard]] std::optional<WorkerRank> shared_rank(const Environment& environment);

// Returns the exit code: on rank 0 the merge's, elsewhere that of the drawing. All share options.output.
[[nodiscard]] int run_as_rank(const WorkerRank& rank, const JobOptions& options, const Machine& machine,
                              const Environment& environment);

}  // namespace hlaunch
