#include "queue/coordinator.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "base/error.h"
#include "catch.h"

using namespace hlaunch;

TEST_CASE("the longest first, whoever asks", "[coordinator]") {
    Coordinator coordinator({{1, 0}, {1, 0}}, {{"a", 1.0, 0}, {"a", 3.0, 0}, {"a", 2.0, 0}});
    CHECK(coordinator.next(1) == 1U);
    CHECK(coordinator.next(0) == 2U);
    CHECK(coordinator.next(0) == 0U);
    CHECK(!coordinator.next(0));
    CHECK(coordinator.running() == 3);
    for (const std::size_t part : {0U, 1U, 2U}) coordinator.ended(part, 1.0);
    CHECK(coordinator.finished());
}

TEST_CASE("what finished parts took corrects the costs of their kind", "[coordinator]") {
    // Believed: shards 10 each, scans 9. Measured: a shard takes a tenth of that.
    Coordinator coordinator({{1, 0}}, {{"shard", 10.0, 0}, {"shard", 10.0, 0}, {"scan", 9.0, 0}});
    const auto first = coordinator.next(0);
    REQUIRE(first);
    CHECK(*first < 2);
    coordinator.ended(*first, 1.0);
    CHECK(coordinator.next(0) == 2U);
    CHECK(coordinator.expected_seconds(0) == Approx(1.0));
    CHECK(coordinator.expected_seconds(2) == Approx(9.0));
}

TEST_CASE("a node's memory is never exceeded, and shorter parts fill what is left", "[coordinator]") {
    Coordinator coordinator({{4, 10}}, {{"a", 5.0, 6}, {"a", 4.0, 6}, {"a", 3.0, 4}});
    CHECK(coordinator.next(0) == 0U);
    CHECK(coordinator.next(0) == 2U);
    CHECK(!coordinator.next(0));
    CHECK(coordinator.memory_in_use(0) == 10);
    coordinator.ended(0, 5.0);
    CHECK(coordinator.next(0) == 1U);
}

TEST_CASE("a part that needs most of a node is not passed over for ever", "[coordinator]") {
    std::vector<QueuePart> parts{{"first", 1000.0, 4}, {"large", 500.0, 8}};
    for (int i = 0; i < 100; ++i) parts.push_back({"small", 1.0, 4});
    Coordinator coordinator({{2, 10}}, parts);
    REQUIRE(coordinator.next(0) == 0U);  // runs all the while, so that 6 are free
    unsigned small = 0;
    for (auto part = coordinator.next(0); part; part = coordinator.next(0)) {
        REQUIRE(*part > 1);
        coordinator.ended(*part, 1.0);
        REQUIRE(++small < 20);
    }
    CHECK(!coordinator.next(0));  // the node is kept free for it
    coordinator.ended(0, 1000.0);
    CHECK(coordinator.next(0) == 1U);
    CHECK(!coordinator.next(0));
    coordinator.ended(1, 500.0);
    CHECK(coordinator.next(0));
}

TEST_CASE("more memory than any node has is refused, unless a node's is not known", "[coordinator]") {
    CHECK_THROWS_AS(Coordinator({{1, 10}}, {{"a", 1.0, 11}}), Error);
    CHECK_NOTHROW(Coordinator({{1, 10}, {1, 0}}, {{"a", 1.0, 11}}));
}

TEST_CASE("a node that is gone takes nothing more, and its parts run elsewhere", "[coordinator]") {
    Coordinator coordinator({{1, 0}, {1, 0}}, {{"a", 2.0, 0}, {"a", 1.0, 0}});
    REQUIRE(coordinator.next(0) == 0U);
    REQUIRE(coordinator.next(1) == 1U);
    coordinator.node_gone(0);
    coordinator.put_back(0);
    CHECK(!coordinator.next(0));
    coordinator.ended(1, 1.0);
    CHECK(coordinator.next(1) == 0U);
}

TEST_CASE("whatever happens, each part ends once and memory holds", "[coordinator][property]") {
    const auto seed = 1U;  // the same cases each time
    INFO("seed " << seed);
    std::mt19937 random(seed);
    for (int round = 0; round < 60; ++round) {
        std::vector<QueueNode> nodes(1 + random() % 4);
        for (auto& node : nodes)
            node = {1 + static_cast<unsigned>(random() % 4), random() % 3 == 0 ? 0 : 10 + random() % 20};
        nodes.front().memory_bytes = 30;
        std::vector<QueuePart> parts(random() % 120);
        for (auto& part : parts)
            part = {random() % 2 == 0 ? "a" : "b", 1.0 + static_cast<double>(random() % 50), random() % 30};
        Coordinator coordinator(nodes, parts);
        std::vector<std::set<std::size_t>> running(nodes.size());
        std::vector<unsigned> ends(parts.size());
        std::size_t left = parts.size();
        for (int step = 0; !coordinator.finished(); ++step) {
            REQUIRE(step < 100000);
            const auto node = random() % nodes.size();
            if (running[node].size() < nodes[node].placements && random() % 3 != 0) {
                if (const auto part = coordinator.next(node)) running[node].insert(*part);
                if (nodes[node].memory_bytes > 0) CHECK(coordinator.memory_in_use(node) <= nodes[node].memory_bytes);
                continue;
            }
            if (running[node].empty()) continue;
            const auto part = *std::next(running[node].begin(), static_cast<long>(random() % running[node].size()));
            running[node].erase(part);
            if (random() % 8 == 0) {
                coordinator.put_back(part);
                continue;
            }
            if (random() % 10 == 0)
                coordinator.failed(part);
            else
                coordinator.ended(part, 0.5 + static_cast<double>(random() % 10));
            ++ends[part];
            --left;
        }
        CHECK(left == 0);
        CHECK(std::all_of(ends.begin(), ends.end(), [](unsigned count) { return count == 1; }));
    }
}
