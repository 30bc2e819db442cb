#include "homodyne/plan/memory_history.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "catch.h"

using namespace hlaunch::homodyne;

namespace {

MemoryHistory of(std::initializer_list<double> ratios) {
    MemoryHistory out;
    for (const double ratio : ratios) out.add("k", ratio);
    return out;
}

}  // namespace

TEST_CASE("two runs teach nothing yet") {
    CHECK(of({2.0, 2.0}).factor("k").runs == 0);
    CHECK(of({2.0, 2.0}).factor("k").factor == 1.0);
    CHECK(scaled(1000, of({2.0, 2.0}).factor("k")) == 1000);
}

TEST_CASE("three teach their largest, five forget one outlier") {
    CHECK(of({0.9, 1.2, 1.1}).factor("k").factor == 1.2);
    CHECK(of({0.9, 3.0, 1.2, 1.1, 1.0}).factor("k").factor == 1.2);
    CHECK(of({0.9, 1.2, 1.1}).factor("other").runs == 0);
}

TEST_CASE("a factor stays between a half and four") {
    CHECK(of({0.1, 0.1, 0.1}).factor("k").factor == 0.5);
    CHECK(of({9.0, 9.0, 9.0}).factor("k").factor == 4.0);
    CHECK(scaled(1000, of({0.1, 0.1, 0.1}).factor("k")) == 500);
}

TEST_CASE("the newest twenty count") {
    auto history = of({3.0, 3.0, 3.0});
    for (int i = 0; i < 20; ++i) history.add("k", 1.5);
    CHECK(history.factor("k").factor == 1.5);
    CHECK(history.factor("k").runs == 20);
}

TEST_CASE("a history comes back from its JSON, and garbage is left out") {
    const auto again = MemoryHistory::from_json(of({1.0, 1.5, 1.25}).to_json());
    CHECK(again.factor("k").factor == 1.5);
    const auto odd = nlohmann::json::parse(R"({"k": [1.5, "x", null, -1, 0, 1.0, 1.0], "l": 3, "m": {"a": 1}})");
    CHECK(MemoryHistory::from_json(odd).factor("k").runs == 3);
    CHECK(MemoryHistory::from_json(odd).factor("l").runs == 0);
    CHECK(MemoryHistory::from_json(nlohmann::json::array()).factor("k").runs == 0);
    CHECK(of({std::nan(""), std::numeric_limits<double>::infinity(), 1.0, 1.0}).factor("k").runs == 0);
}
