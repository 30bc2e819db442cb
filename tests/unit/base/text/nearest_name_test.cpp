#include "base/text/nearest_name.h"

#include <array>

#include "catch.h"

using namespace hlaunch;

TEST_CASE("the nearest name, if any is near") {
    const std::array<std::string, 4> known{"partition", "account", "walltime", "mem"};
    CHECK(nearest_name("partitoin", known) == "partition");
    CHECK(nearest_name("walltim", known) == "walltime");
    CHECK(nearest_name("acount", known) == "account");
    CHECK(nearest_name("mem", known) == "mem");
    CHECK_FALSE(nearest_name("zzzzzzzz", known));
    CHECK_FALSE(nearest_name("", std::array<std::string, 1>{"account"}));
    CHECK_FALSE(nearest_name(std::string(100000, 'a'), known));
}
