// homodyne's draws put into the form that the merge room understands, and merged.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "homodyne/results/outputs_folder.h"
#include "homodyne/results/shard_file.h"
#include "homodyne/sites/parameter_space.h"
#include "merge/merge.h"

namespace hlaunch {

struct ShardMergeRequest {
    std::optional<ParameterSpace> config;  // of the run: its priors are compared with those sampled with
    std::vector<std::string> accepted;     // --accept
    Remedies remedies;                     // of this run, instead of the gates' own
};

// All shards of one run. Throws usage for mixed runs, models, sites, or files without what a merge
// needs.
[[nodiscard]] MergeReport merge_shards(std::span<const ShardFile> shards, const ShardMergeRequest& request);

enum class PriorTreatment {
    full,      // every folder was run with the whole prior: K - 1 of them are divided out
    tempered,  // every folder was run with prior^(1/K)
};

// Plain output folders of disjoint data of one scan; one config for all or one for each.
[[nodiscard]] MergeReport merge_disjoint(std::span<const OutputFolder> folders, std::span<const ParameterSpace> configs,
                                         PriorTreatment priors, std::vector<std::string> accepted);

// Plain output folders of the same data and different seeds.
[[nodiscard]] MergeReport merge_replica_folders(std::span<const OutputFolder> folders,
                                                std::vector<std::string> accepted);

// The physical and scaling parameters of some columns, sorted by name.
[[nodiscard]] std::vector<std::string> model_parameters(const Draws& columns);

}  // namespace hlaunch
