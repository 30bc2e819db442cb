#include "plan/balance.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

namespace hlaunch {
namespace {

unsigned ceil_div(unsigned a, unsigned b) {
    return (a + b - 1) / b;
}

// Instance counts that keep every instance within [smallest, largest] cores, or nothing.
std::optional<std::vector<unsigned>> within(std::span<const unsigned> cores, unsigned instances, unsigned smallest,
                                            unsigned largest) {
    std::vector<unsigned> counts;
    unsigned low = 0;
    unsigned high = 0;
    for (const auto c : cores) {
        counts.push_back(ceil_div(c, largest));
        if (counts.back() > c / smallest) return std::nullopt;
        low += counts.back();
        high += c / smallest;
    }
    if (instances < low || instances > high) return std::nullopt;
    for (; low < instances; ++low) {  // one more to where each now has most, as long as it may
        std::size_t best = cores.size();
        for (std::size_t i = 0; i < cores.size(); ++i) {
            if (counts[i] >= cores[i] / smallest) continue;
            if (best == cores.size() || std::uint64_t{cores[i]} * counts[best] > std::uint64_t{cores[best]} * counts[i])
                best = i;
        }
        ++counts[best];
    }
    return counts;
}

using Groups = std::vector<std::vector<std::size_t>>;

unsigned spread(std::span<const unsigned> cores, const Groups& groups) {
    unsigned least = std::numeric_limits<unsigned>::max();
    unsigned most = 0;
    for (const auto& group : groups) {
        unsigned sum = 0;
        for (const auto i : group) sum += cores[i];
        least = std::min(least, sum);
        most = std::max(most, sum);
    }
    return most - least;
}

// Least sum of squared cores (which is a spread of at most one where that exists), then fewest
// packages per group: dynamic programming over the cuts.
Groups neighbours(std::span<const unsigned> cores, std::span<const std::size_t> packages, unsigned groups) {
    using Cost = std::pair<std::uint64_t, std::size_t>;
    constexpr Cost infinite{std::numeric_limits<std::uint64_t>::max(), 0};
    const auto n = cores.size();
    std::vector best(groups + 1, std::vector<Cost>(n + 1, infinite));
    std::vector from(groups + 1, std::vector<std::size_t>(n + 1, 0));
    best[0][0] = {0, 0};
    for (unsigned g = 1; g <= groups; ++g) {
        for (std::size_t end = g; end <= n; ++end) {
            std::uint64_t sum = 0;
            std::size_t crossings = 0;
            for (std::size_t begin = end; begin-- >= g;) {
                sum += cores[begin];
                if (begin + 1 < end && packages[begin] != packages[begin + 1]) ++crossings;
                const auto& before = best[g - 1][begin];
                if (before == infinite) continue;
                const Cost cost{before.first + sum * sum, before.second + crossings};
                if (cost < best[g][end]) {
                    best[g][end] = cost;
                    from[g][end] = begin;
                }
            }
        }
    }
    Groups out(groups);
    for (auto [g, end] = std::pair{groups, n}; g > 0; end = from[g][end], --g)
        for (std::size_t i = from[g][end]; i < end; ++i) out[g - 1].push_back(i);
    return out;
}

// Longest processing time first: the largest locality to the emptiest group.
Groups scattered(std::span<const unsigned> cores, unsigned groups) {
    std::vector<std::size_t> order(cores.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return cores[a] > cores[b]; });
    Groups out(groups);
    std::vector<unsigned> sums(groups, 0);
    for (const auto i : order) {
        const auto g = static_cast<std::size_t>(std::min_element(sums.begin(), sums.end()) - sums.begin());
        out[g].push_back(i);
        sums[g] += cores[i];
    }
    for (auto& group : out) std::sort(group.begin(), group.end());
    std::sort(out.begin(), out.end());
    return out;
}

}  // namespace

std::vector<unsigned> share_instances(std::span<const unsigned> cores, unsigned instances) {
    const unsigned fewest = *std::min_element(cores.begin(), cores.end());
    const unsigned most = *std::max_element(cores.begin(), cores.end());
    for (unsigned width = 0; width < most; ++width)
        for (unsigned smallest = fewest; smallest >= 1; --smallest)
            if (auto counts = within(cores, instances, smallest, smallest + width)) return *counts;
    return std::vector<unsigned>(cores.size(), 1);
}

Groups group_localities(std::span<const unsigned> cores, std::span<const std::size_t> packages, unsigned groups) {
    auto adjacent = neighbours(cores, packages, groups);
    if (spread(cores, adjacent) <= 1) return adjacent;
    auto apart = scattered(cores, groups);
    return spread(cores, apart) <= 1 ? apart : adjacent;
}

}  // namespace hlaunch
