// The certificate of a posterior that was merged without a run: hlaunch merge --posterior auto.
#pragma once

#include <string>

#include "homodyne/results/shard_file.h"
#include "job/request/options.h"
#include "job/results/weighted_answer.h"
#include "os/process/environment.h"
#include "topology/machine.h"

namespace hlaunch {

// As settle_posterior(), by a survey and workers of its own in a temporary folder. options: config, application,
// nlsq_result. shards: what the report was merged from, if it was from shards. Throws what a survey throws.
[[nodiscard]] WeightedAnswer settle_alone(const JobOptions& options, const Machine& machine,
                                          const Environment& environment, const ShardMeta* shards, MergeReport report);

// An NLSQ fit that belongs to what is to be merged: a run's, or one beside homodyne's own draws; empty where none.
[[nodiscard]] std::string fit_beside(const std::string& folder);

}  // namespace hlaunch
