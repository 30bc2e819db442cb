#include "homodyne/forecast.h"

#include <algorithm>

namespace hlaunch::homodyne {
namespace {

constexpr std::uint64_t megabyte = 1'000'000;
constexpr std::uint64_t parent_bytes = 540 * megabyte;
constexpr std::uint64_t worker_bytes = 980 * megabyte;
// Doubles a point in the parent: c2 before and after pooling, both times, angle, index, JAX and shard copies.
constexpr std::uint64_t parent_doubles_per_point = 24;
// Doubles a point and chain in a worker: its arrays, and the model's values with their gradients.
constexpr std::uint64_t worker_doubles_per_point = 16;

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

}  // namespace hlaunch::homodyne
