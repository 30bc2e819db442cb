// A posterior that is ready to be written: its report, and where it has them its weighted draws.
#pragma once

#include <Eigen/Dense>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "homodyne/results/outputs.h"
#include "job/results/merge_outcome.h"

namespace hlaunch {

struct WeightedAnswer {
    MergeReport report;
    std::string draws{};  // bytes of cmc/posterior_draws.npz; empty: there are no weights
};

// The bytes of such a file: samples and param_names, a row a draw, and vectors beside them, a number a draw.
[[nodiscard]] std::string bytes_of_weighted(const std::vector<std::string>& names, const Eigen::MatrixXd& samples,
                                            const std::vector<std::pair<std::string, Eigen::VectorXd>>& beside);

// Writes it; draws only where its checks passed.
[[nodiscard]] MergeOutcome hand_on(const std::filesystem::path& merged, WeightedAnswer answer, const MergedRun& run);
void write_answer(const std::filesystem::path& merged, const WeightedAnswer& answer, const MergedRun& run);

}  // namespace hlaunch
