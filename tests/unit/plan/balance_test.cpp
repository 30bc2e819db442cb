#include "plan/balance.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <random>

#include "catch.h"

using namespace hlaunch;

namespace {

unsigned spread_of_shares(const std::vector<unsigned>& cores, const std::vector<unsigned>& shares) {
    unsigned least = ~0U;
    unsigned most = 0;
    for (std::size_t i = 0; i < cores.size(); ++i) {
        least = std::min(least, cores[i] / shares[i]);
        most = std::max(most, (cores[i] + shares[i] - 1) / shares[i]);
    }
    return most - least;
}

// The best there is, by trying everything.
unsigned best_spread(const std::vector<unsigned>& cores, unsigned instances) {
    unsigned best = ~0U;
    std::vector<unsigned> shares(cores.size(), 1);
    const std::function<void(std::size_t, unsigned)> tryAll = [&](std::size_t i, unsigned left) {
        if (i == cores.size()) {
            if (left == 0) best = std::min(best, spread_of_shares(cores, shares));
            return;
        }
        for (unsigned k = 1; k <= std::min(left, cores[i]); ++k) {
            shares[i] = k;
            tryAll(i + 1, left - k);
        }
    };
    tryAll(0, instances);
    return best;
}

std::vector<unsigned> random_cores(std::mt19937& random, std::size_t count, unsigned most) {
    std::vector<unsigned> cores(count);
    for (auto& c : cores) c = 1 + static_cast<unsigned>(random() % most);
    return cores;
}

}  // namespace

TEST_CASE("instances are shared out as evenly as trying everything finds") {
    const auto seed = 1U;  // the same cases each time
    std::mt19937 random(seed);
    for (int round = 0; round < 300; ++round) {
        const auto cores = random_cores(random, 1 + random() % 4, 9);
        const auto sum = std::accumulate(cores.begin(), cores.end(), 0U);
        const auto fewest = static_cast<unsigned>(cores.size());
        const auto instances = fewest + static_cast<unsigned>(random() % (sum - fewest + 1));
        INFO("seed " << seed << ", round " << round);
        const auto shares = share_instances(cores, instances);
        REQUIRE(std::accumulate(shares.begin(), shares.end(), 0U) == instances);
        for (std::size_t i = 0; i < cores.size(); ++i) {
            REQUIRE(shares[i] >= 1);
            REQUIRE(shares[i] <= cores[i]);
        }
        REQUIRE(spread_of_shares(cores, shares) == best_spread(cores, instances));
    }
}

TEST_CASE("whole localities are grouped, each once, none empty") {
    const auto seed = 1U;  // the same cases each time
    std::mt19937 random(seed);
    for (int round = 0; round < 300; ++round) {
        const auto cores = random_cores(random, 2 + random() % 10, 20);
        std::vector<std::size_t> packages(cores.size());
        for (std::size_t i = 0; i < packages.size(); ++i) packages[i] = i / 2;
        const auto groups = 1 + static_cast<unsigned>(random() % (cores.size() - 1));
        INFO("seed " << seed << ", round " << round);
        std::vector<std::size_t> seen;
        const auto result = group_localities(cores, packages, groups);
        REQUIRE(result.size() == groups);
        for (const auto& group : result) {
            REQUIRE(!group.empty());
            seen.insert(seen.end(), group.begin(), group.end());
        }
        std::sort(seen.begin(), seen.end());
        std::vector<std::size_t> all(cores.size());
        std::iota(all.begin(), all.end(), std::size_t{0});
        REQUIRE(seen == all);
    }
}

TEST_CASE("neighbours and packages stay together where balance allows") {
    using Groups = std::vector<std::vector<std::size_t>>;
    const std::vector<unsigned> eight(8, 16);
    const std::vector<std::size_t> packages{0, 0, 0, 0, 1, 1, 1, 1};
    CHECK(group_localities(eight, packages, 2) == Groups{{0, 1, 2, 3}, {4, 5, 6, 7}});
    CHECK(group_localities(eight, packages, 4) == Groups{{0, 1}, {2, 3}, {4, 5}, {6, 7}});
    for (const auto& group : group_localities(eight, packages, 5))
        for (const auto i : group) CHECK(packages[i] == packages[group.front()]);
    // KNL in SNC4: only nodes that are no neighbours balance
    const std::vector<unsigned> knl{18, 18, 16, 16};
    CHECK(group_localities(knl, std::vector<std::size_t>(4, 0), 2) == Groups{{0, 2}, {1, 3}});
}
