// What the user asked the main job to do. Each option of it is a row of job/request/option_table.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "homodyne/plan/analysis_request.h"
#include "job/request/jit_cache.h"
#include "plan/placement.h"
#include "run/states/task_states.h"
#include "topology/machine.h"

namespace hlaunch {

// What is wanted of the analysis.
struct AnalysisSpec : homodyne::AnalysisWish {
    std::string config;                 // as typed
    std::vector<std::string> accepted;  // checks that may fail
    bool plots = false;
    bool profile = false;              // JAX's profiler in every instance
    bool tracemalloc = false;          // Python's, in every process
    std::string stage_file;            // of a command; the main job knows its own
    bool learned = true;               // forecasts use, and add to, what former runs of this machine needed
    std::string jit_cache = "shared";  // shared, private, off or a folder
    std::uint64_t jit_cache_bytes = default_jit_cache_bytes;

    bool operator==(const AnalysisSpec&) const = default;
};

// Where the run is kept, and what tells it from another.
struct FolderSpec {
    std::string output;  // as typed
    bool fresh = false;
    bool keep_private = false;         // nobody else may read what is written
    std::vector<std::string> key_env;  // variables whose values tell one run from another

    bool operator==(const FolderSpec&) const = default;
};

// How long things may take, and how often they are tried.
struct RunLimits {
    double grace_s = 30.0;  // from a stop to SIGKILL
    Retries retries;
    std::optional<double> instance_limit_s;  // of each instance
    std::optional<double> time_limit_s;      // of the whole run
    double lead_s = 120.0;                   // from the scheduler's SIGUSR1 or SIGUSR2 to the end of its allocation

    bool operator==(const RunLimits&) const = default;
};

// How the run is told.
struct Reporting {
    bool quiet = false;
    bool json = false;
    std::string json_events;  // a file, FIFO or /dev/fd/N that gets a line an event; empty: none

    bool operator==(const Reporting&) const = default;
};

struct JobOptions {
    AnalysisSpec analysis;
    FolderSpec folder;
    RunLimits limits;
    Reporting reporting;
    PlacementRequest placements;
    // Options that were given with their default value: they overrule settings files that another host may have.
    std::vector<std::string> stated;

    bool operator==(const JobOptions&) const = default;
};

}  // namespace hlaunch
