// Whole-number balance: instances over NUMA localities, localities over instances.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace hlaunch {

// How many of `instances` each locality takes, so that the largest and the smallest instance differ
// as little as its cores allow; at least one, at most its cores each. Needs localities <= instances
// <= sum of cores.
[[nodiscard]] std::vector<unsigned> share_instances(std::span<const unsigned> cores, unsigned instances);

// Groups whole localities into `groups` (fewer than localities) of nearly equal cores: neighbours,
// those of one package first; others only where neighbours cannot come within a core and these can.
[[nodiscard]] std::vector<std::vector<std::size_t>> group_localities(std::span<const unsigned> cores,
                                                                     std::span<const std::size_t> packages,
                                                                     unsigned groups);

}  // namespace hlaunch
