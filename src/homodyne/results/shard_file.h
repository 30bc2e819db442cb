// A captured shard of a homodyne CMC run: SSSSS.npz with `samples` (chains, draws, columns),
// `param_names`, `shard`, `num_shards`, `n_points`, `divergent`, and `meta`, JSON about the run and
// its sampling sites.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "homodyne/sites/site_transform.h"
#include "merge/statistics/draws.h"

namespace hlaunch {

struct ShardMeta {
    std::string run_key;   // of argv, config and inputs: equal for all shards of a run
    std::string homodyne;  // version
    std::string model;
    std::string analysis_mode;
    std::string per_angle_mode;
    TimeRange times;
    std::int64_t n_warmup = 0;
    double duration_s = 0.0;
    std::vector<Site> sites;  // without nuisance sites
};

struct ShardFile {
    std::filesystem::path path;
    std::int64_t shard = 0;
    std::int64_t num_shards = 0;
    std::int64_t n_points = 0;
    std::int64_t divergent = 0;
    Draws columns;  // everything homodyne recorded
    std::optional<ShardMeta> meta;
};

// A sampling site as the hooks describe it (shim/hlaunch_shim/density/priors.py); throws usage, naming `where`.
[[nodiscard]] Site site_from(const nlohmann::json& item, const std::string& where);

[[nodiscard]] ShardFile load_shard_file(const std::filesystem::path& path);  // throws usage

// The named columns; throws usage, naming `where` and the column that is missing.
[[nodiscard]] Draws select_columns(const Draws& draws, const std::vector<std::string>& names, const std::string& where);

}  // namespace hlaunch
