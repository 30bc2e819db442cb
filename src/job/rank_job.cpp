#include "job/rank_job.h"

#include <fmt/format.h>

#include <cstdio>

#include "base/error.h"
#include "job/analysis.h"
#include "job/worker_job.h"

namespace hlaunch {
namespace {

// mpirun binds each rank to a core unless it is told not to, and that is all its instances then have.
void warn_of_binding(const WorkerRank& rank, const Machine& machine) {
    const auto summary = summarize(machine);
    if (rank.rank != 0 || rank.local_ranks != 1 || summary.cores > 1) return;
    fmt::print(stderr,
               "hlaunch: warning: {} has bound this rank to CPU {}; to have the whole node, give mpirun --bind-to none "
               "--map-by ppr:1:node\n",
               rank.launcher, summary.allowed_cpus.str());
}

}  // namespace

std::optional<WorkerRank> shared_rank(const Environment& environment) {
    auto rank = rank_of(environment);
    if (!rank || rank->ranks < 2 || rank->launcher.starts_with("an array")) return std::nullopt;
    // In the script of a job itself SLURM_PROCID is 0 and SLURM_NTASKS the whole allocation: no step has been started.
    if (rank->launcher == "srun" && !environment.get("SLURM_STEP_NUM_TASKS")) return std::nullopt;
    return rank;
}

int run_as_rank(const WorkerRank& rank, const JobOptions& options, const Machine& machine,
                const Environment& environment) {
    auto own = options;
    own.quiet = options.quiet || rank.rank != 0;  // their errors are told all the same
    if (!options.quiet) warn_of_binding(rank, machine);
    if (const int code = run_worker(rank, {.stagger_s = 0.0, .stay = true}, own, machine, environment); code != 0)
        return code;
    if (rank.rank != 0) return static_cast<int>(ExitCode::ok);
    own.steps = Steps::merge;
    return run_analysis(own, machine, environment);
}

}  // namespace hlaunch
