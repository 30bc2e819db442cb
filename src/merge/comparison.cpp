#include "merge/comparison.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "merge/statistics/moments.h"

namespace hlaunch {
namespace {

Eigen::MatrixXd columns(const Draws& draws, const std::vector<std::string>& names) {
    Eigen::MatrixXd result(draws.values.rows(), static_cast<Eigen::Index>(names.size()));
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto at = std::ranges::find(draws.names, names[i]) - draws.names.begin();
        result.col(static_cast<Eigen::Index>(i)) = draws.values.col(at);
    }
    return result;
}

}  // namespace

Comparison compare(const Draws& reference, const Draws& other, const std::string& label) {
    std::vector<std::string> names;
    for (const std::string& name : reference.names)
        if (std::ranges::find(other.names, name) != other.names.end()) names.push_back(name);
    if (names.empty() || reference.values.rows() < 2 || other.values.rows() < 2)
        throw usage_error("{}: has no parameter in common with the merged draws", label);

    const Moments first = moments(columns(reference, names));
    const Moments second = moments(columns(other, names));
    const Eigen::VectorXd sd = standard_deviations(first.covariance);
    const Eigen::VectorXd other_sd = standard_deviations(second.covariance);
    const Eigen::MatrixXd difference = correlation(second.covariance) - correlation(first.covariance);
    Comparison result;
    result.label = label;
    for (Eigen::Index i = 0; i < sd.size(); ++i) {
        const auto at = static_cast<std::size_t>(i);
        const double shift = (second.mean(i) - first.mean(i)) / sd(i);
        result.rows.push_back({names[at], shift, other_sd(i) / sd(i)});
        result.largest_shift_sd = std::max(result.largest_shift_sd, std::abs(shift));
        for (Eigen::Index j = 0; j < i; ++j) {
            if (std::abs(difference(i, j)) <= result.largest_correlation_difference) continue;
            result.largest_correlation_difference = std::abs(difference(i, j));
            result.correlation_pair = names[static_cast<std::size_t>(j)] + ", " + names[at];
        }
    }
    return result;
}

}  // namespace hlaunch
