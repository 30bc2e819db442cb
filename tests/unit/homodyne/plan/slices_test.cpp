#include "homodyne/plan/slices.h"

#include <algorithm>
#include <numeric>
#include <random>

#include "catch.h"

using hlaunch::homodyne::deal_shards;

TEST_CASE("longest first, onto the placement that would be done first") {
    const std::vector<unsigned> shards{0, 1, 2, 3};
    const std::vector<double> costs{1, 4, 2, 3};
    const auto dealt = deal_shards(shards, costs, std::vector<double>{1.0, 1.0});
    CHECK(dealt[0] == std::vector<unsigned>{1, 0});
    CHECK(dealt[1] == std::vector<unsigned>{3, 2});
}

TEST_CASE("every shard is dealt once, and no placement is worse off than LPT allows") {
    const auto seed = 1U;  // the same cases each time
    INFO("seed " << seed);
    std::mt19937 random(seed);
    for (int round = 0; round < 300; ++round) {
        const std::size_t n = random() % 200, k = 1 + random() % 16;
        std::vector<unsigned> shards(n);
        std::iota(shards.begin(), shards.end(), random() % 7U);
        std::vector<double> costs(n), weights(k);
        for (auto& cost : costs) cost = 1.0 + static_cast<double>(random() % 1000);
        for (auto& weight : weights) weight = 1.0 + static_cast<double>(random() % 8);
        const auto dealt = deal_shards(shards, costs, weights);
        REQUIRE(dealt == deal_shards(shards, costs, weights));
        std::vector<unsigned> all;
        double slowest = 0.0;
        for (std::size_t p = 0; p < k; ++p) {
            double load = 0.0;
            for (std::size_t i = 0; i < dealt[p].size(); ++i) {
                const auto cost = costs[dealt[p][i] - shards.front()];
                if (i > 0) REQUIRE(cost <= costs[dealt[p][i - 1] - shards.front()]);
                load += cost;
            }
            slowest = std::max(slowest, load / weights[p]);
            all.insert(all.end(), dealt[p].begin(), dealt[p].end());
        }
        std::sort(all.begin(), all.end());
        REQUIRE(all == shards);
        if (n == 0) continue;
        // Lower bound of any schedule: all work over all speed, and the longest shard on the fastest placement.
        const double ideal =
            std::accumulate(costs.begin(), costs.end(), 0.0) / std::accumulate(weights.begin(), weights.end(), 0.0);
        const double longest =
            *std::max_element(costs.begin(), costs.end()) / *std::max_element(weights.begin(), weights.end());
        REQUIRE(slowest <=
                2.0 * std::max(ideal, longest) + 1e-9);  // LPT on uniform machines: below 2 (Gonzalez et al. 1977)
    }
}
