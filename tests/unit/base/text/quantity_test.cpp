#include "base/text/quantity.h"

#include "base/error.h"
#include "catch.h"

using namespace hlaunch;

TEST_CASE("an error is one line, whatever it quotes") {
    CHECK(std::string(usage_error("'{}'", "a\nb\r\t\x1b[1m\x7f").what()) == "'a b  ?[1m '");
}

TEST_CASE("sizes") {
    CHECK(format_bytes(512) == "512 B");
    CHECK(format_bytes(1536ULL << 20U) == "1.5 GiB");
    CHECK(parse_bytes("64B") == 64);
    CHECK(parse_bytes("0") == 0);
    CHECK(parse_bytes("1073741824") == 1ULL << 30U);
    CHECK_THROWS_WITH(parse_bytes("64000"), contains_text("has no unit"));  // megabytes to Slurm
    CHECK(parse_bytes("64K") == 65536);
    CHECK(parse_bytes("1.5GiB") == (1536ULL << 20U));
    CHECK(parse_bytes("2 MB") == (2ULL << 20U));
    for (const char* bad : {"", "x", "-1", "1Q", "1KBs", "nan", "inf", "1e30"}) {
        INFO(bad);
        CHECK_THROWS_AS(parse_bytes(bad), Error);
    }
}

TEST_CASE("durations") {
    CHECK(format_duration(8.21) == "8.2 s");
    CHECK(format_duration(184) == "3m04s");
    CHECK(format_duration(7500) == "2h05m");
}

TEST_CASE("durations are read with their unit") {
    CHECK(parse_duration("90") == 90.0);
    CHECK(parse_duration("1.5m") == 90.0);
    CHECK(parse_duration("2h") == 7200.0);
    CHECK(parse_duration("1d") == 86400.0);
    for (const char* bad : {"", "s", "-1", "0", "1 h", "1w", "nan", "inf", "1e99"}) {
        INFO(bad);
        CHECK_THROWS_AS(parse_duration(bad), Error);
    }
}
