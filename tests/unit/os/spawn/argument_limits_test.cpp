#include "os/spawn/argument_limits.h"

#include <vector>

#include "catch.h"

using namespace hlaunch;

TEST_CASE("a command is too long by one word or by all of them") {
    const ArgumentLimits limits{.word = 100, .all = 1000};
    const std::vector<std::string> fits{"echo", std::string(100, 'x')};
    CHECK(!why_too_long(fits, 0, limits));
    const std::vector<std::string> word{"echo", "a", std::string(101, 'x')};
    CHECK(why_too_long(word, 0, limits).value().starts_with("word 3 of the command is 101 bytes long"));
    CHECK(argument_bytes(word) == 5 + 2 + 102 + 3 * sizeof(char*));
    const std::vector<std::string> many(10, std::string(90, 'x'));
    CHECK(!why_too_long(many, 10, limits));
    CHECK(why_too_long(many, 11, limits).value().find("at most 1000 of both") != std::string::npos);
}

TEST_CASE("this system's limits are those of Linux") {
    const auto limits = argument_limits();
    CHECK(limits.word % 4096 == 4095);
    CHECK(limits.all >= 128U << 10U);
    CHECK(limits.all <= 6U << 20U);
}
