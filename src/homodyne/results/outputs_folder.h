// A plain homodyne output folder (cmc/samples.npz, parameters.json, diagnostics.json,
// fitted_data.npz).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "merge/statistics/draws.h"

namespace hlaunch {

struct OutputFolder {
    std::filesystem::path path;  // as given
    std::string analysis_mode;
    Draws columns;  // all columns of samples.npz
    std::int64_t n_warmup = 0;
    std::int64_t divergent = 0;
    std::int64_t num_shards = 1;  // above 1: the draws are homodyne's own combination
    bool merged_by_hlaunch = false;
    std::vector<std::string> accepted;  // checks that failed when hlaunch merged it, and were let pass
    // From fitted_data.npz, empty without it.
    std::vector<double> phi_angles;           // degrees
    std::vector<double> q;                    // 1/A
    std::optional<double> t_max;              // s
    std::vector<std::vector<double>> c2_exp;  // one an angle
};

// `path` is DIR with DIR/cmc/samples.npz, or that cmc folder itself; throws usage.
[[nodiscard]] OutputFolder load_output_folder(const std::filesystem::path& path);
[[nodiscard]] bool is_output_folder(const std::filesystem::path& path);

}  // namespace hlaunch
