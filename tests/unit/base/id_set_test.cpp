#include "base/id_set.h"

#include "base/error.h"
#include "catch.h"

#include <random>
#include <set>

using hlaunch::IdSet;

TEST_CASE("lists are read and written as Linux writes them") {
    CHECK(IdSet::parse("0-3,8,10-12").str() == "0-3,8,10-12");
    CHECK(IdSet::parse(" 3 , 1,2,0\n").str() == "0-3");
    CHECK(IdSet::parse("").empty());
    CHECK(IdSet::parse("0-3,2-5").size() == 6);
}

TEST_CASE("what is no list is refused") {
    for (const char* bad : {"a", "1-", "-1", "3-1", "1,,2", "1 2", "0x3", "4294967296", "1048577", ",", "1-2-3"}) {
        INFO(bad);
        CHECK_THROWS_AS(IdSet::parse(bad), hlaunch::Error);
    }
}

TEST_CASE("set algebra agrees with std::set on random sets") {
    const auto seed = 1U;  // the same cases each time
    INFO("seed " << seed);
    std::mt19937 random(seed);
    for (int round = 0; round < 500; ++round) {
        IdSet a, b;
        std::set<unsigned> sa, sb;
        for (unsigned i = 0; i < random() % 40; ++i) {
            const auto x = static_cast<unsigned>(random() % 64);
            const auto y = static_cast<unsigned>(random() % 64);
            a.insert(x);
            sa.insert(x);
            b.insert(y);
            sb.insert(y);
        }
        const auto both = a & b;
        const auto either = a | b;
        const auto only_a = a - b;
        for (unsigned i = 0; i < 64; ++i) {
            REQUIRE(both.contains(i) == (sa.count(i) && sb.count(i)));
            REQUIRE(either.contains(i) == (sa.count(i) || sb.count(i)));
            REQUIRE(only_a.contains(i) == (sa.count(i) && !sb.count(i)));
        }
        REQUIRE(a.intersects(b) == !both.empty());
        REQUIRE(either.includes(a));
        REQUIRE(IdSet::parse(either.str()) == either);
    }
}
