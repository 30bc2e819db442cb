// The main job started once on each node by mpirun or srun: each rank works on the shards of the one run, the first
// merges.
#pragma once

#include <functional>

#include "job/nodes/desk_client.h"
#include "job/request/launcher_rank.h"
#include "job/request/options.h"
#include "os/process/environment.h"
#include "topology/machine.h"

namespace hlaunch {

// What the launcher says of an analysis that is to run over several ranks; nothing where this is the only one, or one
// element of an array, whose merge is a job of its own.
[[nodiscard]] std::optional<WorkerRank> shared_rank(const Environment& environment);

// Becomes hlaunch-mpi, which starts this same command again beside it, with a way to the other ranks. Returns where
// there is no need, because that has been done, or no way: no hlaunch-mpi is installed, or the launcher is none of
// MPI's. Ranks then share the work by what is in their folder.
void hand_over_to_mpi(const WorkerRank& rank, const Environment& environment);

// What is done alone (null), or by a rank with its way to the others and the environment for what it starts, which are
// no ranks; ranks but 0 are made quiet. Throws usage Error where ranks have no way to each other. Returns what `work`
// does.
[[nodiscard]] int do_alone_or_as_rank(Reporting& reporting, const Environment& environment,
                                      const std::function<int(const Environment& own, const RankDesk* rank)>& work);

// Returns the exit code: on rank 0 the merge's, elsewhere that of the drawing. All share the run folder, or each
// node has its own and rank 0 gathers.
[[nodiscard]] int run_as_rank(const WorkerRank& rank, const JobOptions& options, bool shared_folder,
                              const Machine& machine, const Environment& environment);

}  // namespace hlaunch
