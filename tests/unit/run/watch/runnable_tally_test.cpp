#include "run/watch/runnable_tally.h"

#include "catch.h"

using namespace hlaunch;

namespace {

RunnableTally tally_of(unsigned low, unsigned low_samples, unsigned high, unsigned high_samples) {
    RunnableTally out;
    for (unsigned i = 0; i < low_samples; ++i) out.add(low);
    for (unsigned i = 0; i < high_samples; ++i) out.add(high);
    return out;
}

}  // namespace

TEST_CASE("median, largest and the share above a number of PUs") {
    const RunnableTally empty;
    CHECK(empty.samples() == 0);
    CHECK(empty.median() == 0);
    CHECK(empty.largest() == 0);
    CHECK(empty.share_above(0) == 0.0);
    CHECK(empty.fits(1));
    const auto tally = tally_of(2, 15, 5, 5);
    CHECK(tally.samples() == 20);
    CHECK(tally.median() == 2);
    CHECK(tally.largest() == 5);
    CHECK(tally.share_above(2) == Approx(0.25));
    CHECK(tally.share_above(1) == Approx(1.0));
    CHECK(tally.share_above(5) == 0.0);
    CHECK(tally_of(2, 10, 3, 10).median() == 3);
}

TEST_CASE("neighbours that are both above") {
    CHECK(tally_of(2, 1, 3, 0).share_lasting(0) == 0.0);  // one sample has no neighbour
    CHECK(tally_of(2, 15, 5, 6).share_lasting(2) == Approx(5.0 / 20));
    CHECK(tally_of(2, 15, 5, 6).share_lasting(1) == Approx(1.0));
    RunnableTally alternating;
    for (unsigned i = 0; i < 50; ++i) alternating.add(i % 3 == 0 ? 9 : 1);
    CHECK(alternating.share_above(1) == Approx(0.34));
    CHECK(alternating.share_lasting(1) == 0.0);
}

TEST_CASE("what lasts must be rare") {
    CHECK(tally_of(2, 95, 7, 5).fits(2));
    CHECK(tally_of(2, 89, 7, 12).fits(2));  // 11 of 100 pairs: by chance, where 5 are right
    CHECK_FALSE(tally_of(2, 88, 7, 13).fits(2));
    CHECK(tally_of(2, 850, 7, 66).fits(2));  // many samples say more: 65 of 915
    CHECK_FALSE(tally_of(2, 880, 7, 121).fits(2));
    CHECK(tally_of(2, 3, 3, 1).fits(2));
    CHECK(tally_of(2, 3, 3, 2).fits(2));
    CHECK_FALSE(tally_of(2, 0, 3, 1).fits(2));  // nothing but that one
    CHECK_FALSE(tally_of(2, 1, 3, 1).fits(2));
    CHECK_FALSE(tally_of(2, 30, 3, 28).fits(2));
}

TEST_CASE("moments of handing over, more of them beside other programs, are no third thread") {
    // A third thread in every fourth sample, never in two in a row.
    RunnableTally busy;
    for (unsigned i = 0; i < 73; ++i) busy.add(i % 4 == 1 ? 3 : 2);
    CHECK(busy.share_above(2) > 0.2);
    CHECK(busy.fits(2));
    // A third thread in as many samples, but for a while each time.
    RunnableTally crowded;
    for (unsigned i = 0; i < 73; ++i) crowded.add(i % 36 < 9 ? 3 : 2);
    CHECK(crowded.share_above(2) == Approx(busy.share_above(2)).margin(0.02));
    CHECK_FALSE(crowded.fits(2));
}
