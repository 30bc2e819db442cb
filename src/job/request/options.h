// What the user asked the main job to do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "homodyne/app/mode.h"
#include "homodyne/plan/planner.h"
#include "job/request/jit_cache.h"
#include "plan/placement.h"
#include "run/states/task_states.h"
#include "topology/machine.h"

namespace hlaunch {

// Of an analysis: what its workers share is prepared (survey, NLSQ) by one of them; each samples; one merges.
enum class Steps { all, prepare, sample, merge };

struct JobOptions {
    std::string config;  // as typed
    std::string output;
    homodyne::Mode mode = homodyne::Mode::automatic;
    homodyne::Split split = homodyne::Split::shards;
    std::vector<std::string> app{"homodyne"};
    std::string nlsq_result;
    std::optional<unsigned> num_workers;
    std::vector<std::string> accepted;
    bool repair_priors = true;
    homodyne::PosteriorWish posterior;
    bool keep_stratification = false;  // also where homodyne's fit then fails
    bool plots = false;
    bool fresh = false;
    bool keep_private = false;  // nobody else may read what is written
    bool profile = false;       // JAX's profiler in every instance
    bool tracemalloc = false;   // Python's, in every process
    bool compile_only = false;  // end each shard where it would draw
    bool stage = false;         // a copy of the data in the memory of each placement
    std::string stage_file;     // of a command; the main job knows its own
    bool learned = true;        // forecasts use, and add to, what former runs of this machine needed
    Steps steps = Steps::all;
    unsigned placements_in_all = 0;  // of all workers together, which the shards are to fill; 0: this machine's
    // Of an exact posterior: other workers in the run folder answer rounds, too, and of those on this node each has its
    // share of the placements.
    bool shares_rounds = false;
    unsigned local_rank = 0, local_ranks = 1;
    std::optional<homodyne::ShortRun> short_run;
    bool quiet = false;
    bool json = false;
    std::string jit_cache = "shared";  // shared, private, off or a folder
    std::uint64_t jit_cache_bytes = default_jit_cache_bytes;
    double grace_s = 30.0;  // from a stop to SIGKILL
    Retries retries;
    std::optional<double> instance_limit_s;  // of each instance
    std::optional<double> time_limit_s;      // of the whole run
    double lead_s = 120.0;                   // from the scheduler's SIGUSR1 or SIGUSR2 to the end of its allocation
    std::vector<std::string> key_env;        // variables whose values tell one run from another
    std::string json_events;                 // a file, FIFO or /dev/fd/N that gets a line an event; empty: none
    PlacementRequest placements;
    // Options that were given with their default value: they overrule settings files that another host may have.
    std::vector<std::string> stated;

    bool operator==(const JobOptions&) const = default;
};

}  // namespace hlaunch
