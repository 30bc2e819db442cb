#include "run/runnable_tally.h"

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

TEST_CASE("one sample in twenty may be above, and one alone in a short run") {
    CHECK(tally_of(2, 95, 7, 5).fits(2));
    CHECK_FALSE(tally_of(2, 94, 7, 6).fits(2));
    CHECK(tally_of(2, 3, 3, 1).fits(2));
    CHECK_FALSE(tally_of(2, 3, 3, 2).fits(2));
    CHECK_FALSE(tally_of(2, 0, 3, 1).fits(2));  // nothing but that one
    CHECK_FALSE(tally_of(2, 1, 3, 1).fits(2));
}
