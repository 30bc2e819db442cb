#include "homodyne/plan/forecast.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace hlaunch::homodyne {
namespace {

constexpr std::uint64_t megabyte = 1'000'000;
constexpr std::uint64_t parent_bytes = 540 * megabyte;
constexpr std::uint64_t worker_bytes = 980 * megabyte;
// Doubles a point in the parent: c2 before and after pooling, both times, angle, index, JAX and shard copies.
constexpr std::uint64_t parent_doubles_per_point = 24;
// Doubles a point and chain in a worker: its arrays, and the model's values with their gradients.
constexpr std::uint64_t worker_doubles_per_point = 16;

// Where the survey did not measure: laminar flow on one core of a usual machine; static data take less.
constexpr double usual_s_per_point = 30e-9;
constexpr double worker_start_s = 10.0;
constexpr double evaluations_per_effective_draw = 2.0;
// Four starts of ten steps, each with derivatives that cost as much as some evaluations.
constexpr double evaluations_of_maxima = 1000.0;

}  // namespace

std::uint64_t forecast_nlsq_bytes(const Facts& facts) {
    return parent_bytes + facts.nlsq_memory_bytes + facts.data_points * 8 * parent_doubles_per_point;
}

std::uint64_t forecast_cmc_bytes(const Facts& facts, unsigned workers) {
    std::uint64_t largest = 0;
    for (const auto& shard : facts.shards) largest = std::max(largest, shard.points);
    const std::uint64_t worker = worker_bytes + largest * 8 * worker_doubles_per_point * std::max(1U, facts.chains);
    return parent_bytes + facts.points * 8 * parent_doubles_per_point + workers * worker;
}

std::uint64_t forecast_exact_bytes(const Facts& facts) {
    return density_worker_bytes + facts.points * 8 * parent_doubles_per_point;
}

double forecast_exact_seconds(const Facts& facts, unsigned cores, double effective_draws) {
    // Both triangles of a symmetric matrix are there, and one is evaluated.
    const double pairs = static_cast<double>(facts.points) / 2.0;
    const double evaluation = facts.evaluation_s_per_point.value_or(usual_s_per_point) * pairs / std::max(1U, cores);
    return worker_start_s + evaluation * (evaluations_per_effective_draw * effective_draws + evaluations_of_maxima);
}

std::string describe_exact(const Facts& facts, unsigned cores, double effective_draws) {
    const auto seconds = forecast_exact_seconds(facts, cores, effective_draws);
    const auto time = seconds < 100.0 ? fmt::format("{:.0f} s", std::ceil(seconds / 5.0) * 5.0)
                                      : fmt::format("{:.0f} min", std::ceil(seconds / 60.0));
    return fmt::format(
        "--posterior exact would take about {} here after NLSQ: all {} points at once, certified, without NUTS{}", time,
        facts.points,
        facts.analysis_mode == "laminar_flow" ? "; for laminar_flow it is the better way, which NUTS hardly samples"
                                              : "");
}

}  // namespace hlaunch::homodyne
