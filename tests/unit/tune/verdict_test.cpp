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

TEST_CASE("median and spread", "[tune]") {
    CHECK(median_of({3.0, 1.0, 2.0}) == Approx(2.0));
    CHECK(median_of({4.0, 1.0, 2.0, 3.0}) == Approx(2.5));
    CHECK(spread_of({3.0, 1.0, 2.0}) == Approx(2.0));
    CHECK(spread_of({3.0}) == Approx(0.0));
}
