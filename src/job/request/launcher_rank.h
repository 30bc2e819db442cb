// Which of many workers this one is, as its launcher tells in the environment. Pure.
#pragma once

#include <optional>
#include <string>

#include "os/process/environment.h"

namespace hlaunch {

struct WorkerRank {
    unsigned rank = 0, ranks = 1;              // of all workers of the job
    unsigned local_rank = 0, local_ranks = 1;  // of those on this node
    std::string job;        // the same for all of them, and for a requeued job: "slurm-1234", "mpi-..."
    unsigned restarts = 0;  // how often the scheduler has started this job again
    std::string launcher;   // "srun", "an array of sbatch", "mpirun", "PBS"
};

// From the innermost launcher: Open MPI (PMIx), then PMI, Slurm (with an array's elements as ranks), PBS arrays.
// Nothing where there is none. Throws usage Error where its numbers make no sense.
[[nodiscard]] std::optional<WorkerRank> rank_of(const Environment& environment);

}  // namespace hlaunch
