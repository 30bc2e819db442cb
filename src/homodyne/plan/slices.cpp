#include "homodyne/plan/slices.h"

#include <algorithm>
#include <numeric>

namespace hlaunch::homodyne {

std::vector<std::vector<unsigned>> deal_shards(std::span<const unsigned> shards, std::span<const double> costs,
                                               std::span<const double> weights) {
    std::vector<std::size_t> order(shards.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return costs[a] > costs[b]; });
    std::vector<std::vector<unsigned>> dealt(weights.size());
    std::vector<double> load(weights.size(), 0.0);
    for (const auto i : order) {
        std::size_t best = 0;
        for (std::size_t p = 1; p < weights.size(); ++p)
            if ((load[p] + costs[i]) / weights[p] < (load[best] + costs[i]) / weights[best]) best = p;
        load[best] += costs[i];
        dealt[best].push_back(shards[i]);
    }
    return dealt;
}

}  // namespace hlaunch::homodyne
