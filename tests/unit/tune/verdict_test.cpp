#include "tune/verdict.h"

#include "catch.h"

using namespace hlaunch;

TEST_CASE("a layout is better only beyond the spread", "[tune]") {
    const Rates now{"now", {10.0, 11.0, 10.5}, ""};
    CHECK(judge({now, {"numa", {13.0, 12.5, 12.0}, ""}}).chosen == 1U);
    CHECK(!judge({now, {"numa", {11.0, 11.5, 10.0}, ""}}).chosen);  // ahead by 0.5, spread 1.5
    CHECK(!judge({now, {"numa", {11.5, 11.5, 11.5}, ""}}).chosen);  // exactly the spread of now
    CHECK(!judge({now, {"numa", {9.0, 9.0, 9.0}, ""}}).chosen);
    CHECK_THAT(judge({now, {"numa", {11.0, 11.5, 10.0}, ""}}).reason, contains_text("no difference measured"));
    CHECK(judge({now, {"l3", {13.0, 13.0}, ""}, {"numa", {14.0, 14.0}, ""}}).chosen == 2U);
}

TEST_CASE("one round, a failure or no baseline choose nothing", "[tune]") {
    CHECK(!judge({{"now", {10.0}, ""}, {"numa", {99.0}, ""}}).chosen);
    CHECK(!judge({{"now", {10.0, 10.0}, ""}, {"numa", {99.0, 99.0}, "killed"}}).chosen);
    CHECK(!judge({{"now", {}, ""}, {"numa", {99.0, 99.0}, ""}}).chosen);
    CHECK(!judge({}).chosen);
}

TEST_CASE("time with a shard under way", "[tune]") {
    CHECK(covered_seconds({}) == Approx(0.0));
    CHECK(covered_seconds({{20.0, 25.0}, {3.0, 10.0}}) == Approx(12.0));  // a process starts in between
    CHECK(covered_seconds({{0.0, 10.0}, {2.0, 5.0}, {8.0, 12.0}}) == Approx(12.0));
    CHECK(covered_seconds({{-5.0, -3.0}, {-4.0, -1.0}}) == Approx(4.0));
}

TEST_CASE("median and spread", "[tune]") {
    CHECK(median_of({3.0, 1.0, 2.0}) == Approx(2.0));
    CHECK(median_of({4.0, 1.0, 2.0, 3.0}) == Approx(2.5));
    CHECK(spread_of({3.0, 1.0, 2.0}) == Approx(2.0));
    CHECK(spread_of({3.0}) == Approx(0.0));
}
