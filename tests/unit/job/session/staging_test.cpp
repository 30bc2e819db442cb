#include "job/session/staging.h"

#include "catch.h"

using namespace hlaunch;

TEST_CASE("a copy may take half of what its nodes have left") {
    CHECK_FALSE(why_not_staged(500, 1000, {0}));
    CHECK_FALSE(why_not_staged(0, 0, {0}));
    const auto why = why_not_staged(3ULL << 30U, 4ULL << 30U, {1});
    REQUIRE(why);
    CHECK(*why ==
          "3.0 GiB of data in the memory of node 1, of which 4.0 GiB is available: a copy may take half of that");
    CHECK(why_not_staged(501, 1001, {}).value().find("of the machine,") != std::string::npos);
}
