// Which shards of the one run go to which placement.
#pragma once

#include <span>
#include <vector>

namespace hlaunch::homodyne {

// Longest processing time first onto the placement that would be done first, its speed being `weights`
// (workers). Deterministic: ties go to the lower shard and the lower placement. Every weight > 0.
// shards[i] is a global shard index with costs[i]; the answer has one list a placement, longest first.
[[nodiscard]] std::vector<std::vector<unsigned>> deal_shards(std::span<const unsigned> shards,
                                                             std::span<const double> costs,
                                                             std::span<const double> weights);

}  // namespace hlaunch::homodyne
