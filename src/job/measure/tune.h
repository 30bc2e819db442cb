// Short real runs of the user's own analysis, one candidate layout after the other, round by round.
#pragma once

#include <string>
#include <vector>

#include "job/request/options.h"
#include "os/process/environment.h"
#include "topology/machine.h"
#include "tune/candidates.h"
#include "tune/verdict.h"

namespace hlaunch {

struct TuneWish {
    std::string candidates;                       // as named_candidates reads them; empty: usual_candidates
    unsigned rounds = 3;                          // that count; one more comes before them, in which code is compiled
    unsigned num_warmup = 50, num_samples = 100;  // a chain
    double seconds = 3600.0;                      // no run is started after so many
};

[[nodiscard]] std::vector<Candidate> candidates_of(const TuneWish& wish, const Machine& machine,
                                                   const JobOptions& options, std::optional<unsigned> yaml_workers);

struct Tuned {
    std::vector<Candidate> candidates;
    std::vector<Rates> rates;  // of each
    unsigned num_shards = 0, rounds = 0;
    std::string cut_short;  // why fewer rounds than wished; or empty
};

// All in a temporary folder that is gone afterwards, also after a stop. A rate: draws of all shards (chains x
// num_samples) over the time in which the slowest placement had a shard under way; warmup is in it, Python's start
// before a shard not. Throws what run_analysis throws, and Interrupted.
[[nodiscard]] Tuned tune(const TuneWish& wish, const JobOptions& options, const Machine& machine,
                         const Environment& environment);

}  // namespace hlaunch
