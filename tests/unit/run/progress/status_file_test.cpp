#include "run/progress/status_file.h"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/text/printable.h"
#include "catch.h"

using namespace hlaunch;
using nlohmann::json;

TEST_CASE("status.json: what is written is read again") {
    LiveStatus status;
    status.time = "2026-03-01T12:00:00.000Z";
    status.owner = {.host = "node7",
                    .boot_id = "b",
                    .pid_namespace = "pid:[1]",
                    .pid = 42,
                    .start_ticks = 1ULL << 60U,
                    .folder_id = "1:2"};
    status.stage = "cmc";
    status.eta_s = 12.5;
    status.grace_s = 3.0;
    InstanceProgress one;
    one.part = 3;
    one.label = "part 003";
    one.state = "running";
    one.units_done = 2;
    one.units_total = 8;
    one.draws = 6000;
    one.r_hat = 1.0125;
    status.instances.push_back(one);
    const auto read = live_status_from_json(json::parse(to_json(status).dump()));
    REQUIRE(read);
    CHECK(to_json(*read) == to_json(status));
    CHECK(read->owner.start_ticks == status.owner.start_ticks);
}

TEST_CASE("status.json: what is none is nothing") {
    for (const char* text : {"null", "[]", "{}", R"({"format": "hlaunch-status", "version": 1})",
                             R"({"format": "hlaunch-status", "version": 2, "pid": 3})",
                             R"({"format": "hlaunch-status", "version": 1, "pid": -3})",
                             R"({"format": "hlaunch-status", "version": 1, "pid": 1e30})"})
        CHECK_FALSE(live_status_from_json(json::parse(text)));
    CHECK(live_status_from_json(json::parse(
        R"({"format": "hlaunch-status", "version": 1, "pid": 3, "instances": [1, {"part": "x", "elapsed_s": -1}], "grace_s": 1e99})")));
}

TEST_CASE("the owner is alive as long as the same process lives in the same folder") {
    auto owner = this_process("/");
    CHECK(look_after(owner, "/") == OwnerState::alive);
    CHECK(look_after(owner, "/proc") == OwnerState::copied);
    owner.start_ticks += 1;
    CHECK(look_after(owner, "/") == OwnerState::gone);
    owner.boot_id = "another";
    CHECK(look_after(owner, "/") == OwnerState::gone);
    owner.host += "x";
    CHECK(look_after(owner, "/") == OwnerState::elsewhere);
}

TEST_CASE("an owner whose record lacks something is not to be told from here, and nothing of it is signalled") {
    const auto whole = this_process("/");
    const std::vector<std::string RunOwner::*> texts{&RunOwner::host, &RunOwner::boot_id, &RunOwner::pid_namespace,
                                                     &RunOwner::folder_id};
    for (const auto text : texts) {
        auto lacking = whole;
        (lacking.*text).clear();
        CHECK(look_after(lacking, "/") == OwnerState::elsewhere);
    }
    auto no_start = whole;
    no_start.start_ticks = 0;
    CHECK(look_after(no_start, "/") == OwnerState::elsewhere);
    CHECK_FALSE(is_hlaunch_of(no_start, ::getuid()));
    CHECK_FALSE(is_hlaunch_of(whole, ::getuid() + 1));
    auto first = whole;  // init
    first.pid = 1;
    CHECK_FALSE(is_hlaunch_of(first, 0));
}

TEST_CASE("text of unknown origin steers no terminal") {
    CHECK(printable("a\x1b[31mb\n\x7f") == "a?[31mb??");
    CHECK(printable("gr\xC3\xBC\xC3\x9F \xE2\x86\x92") == "gr\xC3\xBC\xC3\x9F \xE2\x86\x92");
    CHECK(printable("\xC2\x9B"
                    "1m \xFF \xC3") == "??1m ? ?");
    CHECK(columns_of("gr\xC3\xBC") == 3);
    CHECK(cut_to("gr\xC3\xBC\xC3\xBCn", 4) == "gr\xC3\xBC~");
    CHECK(cut_to("abc", 3) == "abc");
}

TEST_CASE("times of the journal are read as they are written") {
    const auto time = parse_utc_text("2026-03-01T12:34:56.789Z");
    REQUIRE(time);
    CHECK(utc_text(*time) == "2026-03-01T12:34:56.789Z");
    CHECK_FALSE(parse_utc_text("2026-03-01T12:34:56Z"));
    // Beyond what the clock's nanoseconds hold, and no month.
    for (const char* text : {"1013-01-01T00:00:00.000Z", "9999-01-01T00:00:00.000Z", "2026-00-01T00:00:00.000Z",
                             "2026-13-01T00:00:00.000Z", "2026-01-00T00:00:00.000Z", "2026-01-01T24:00:00.000Z"})
        CHECK_FALSE(parse_utc_text(text));
    CHECK_FALSE(parse_utc_text("2026-03-01 12:34:56.789Z"));
}
