#include "run/journal/durations.h"

#include <nlohmann/json.hpp>

#include "catch.h"

using namespace hlaunch;
using nlohmann::json;

TEST_CASE("the slowest of what ended well tells how long the next may take", "[durations]") {
    const auto end = [](const char* stage, const char* outcome, double cost, double seconds) {
        return json{{"event", "end"}, {"stage", stage}, {"outcome", outcome}, {"cost", cost}, {"seconds", seconds}};
    };
    std::vector<json> events{json{{"event", "start"}, {"stage", "cmc"}}, end("nlsq", "done", 1, 900),
                             end("cmc", "stopped", 10, 5)};
    CHECK(!expected_seconds(events, "cmc", 10));
    events.push_back(end("cmc", "done", 10, 20));
    events.push_back(end("cmc", "done", 10, 30));
    CHECK(expected_seconds(events, "cmc", 5) == 15.0);
    CHECK(!expected_seconds(events, "cmc", 0));
    // Of another type than we write it: nothing.
    for (const auto* field : {"event", "stage", "outcome", "cost", "seconds"}) {
        events.push_back(end("cmc", "done", 1, 100));
        events.back()[field] = json::array({1});
    }
    CHECK(expected_seconds(events, "cmc", 5) == 15.0);
}
