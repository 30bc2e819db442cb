#include "job/campaign_record.h"

#include "catch.h"

using namespace hlaunch;
using Events = std::vector<nlohmann::json>;

namespace {

nlohmann::json at(int second, nlohmann::json event) {
    event["time"] = "2026-03-01T12:00:" + std::string(second < 10 ? "0" : "") + std::to_string(second) + ".000Z";
    return event;
}

nlohmann::json scan(int second, unsigned part, const char* name, const char* key = "k") {
    return at(second, {{"event", "scan"}, {"part", part}, {"name", name}, {"key", key}});
}

nlohmann::json end(int second, unsigned part, const char* outcome) {
    return at(second, {{"event", "end"}, {"stage", "fit"}, {"part", part}, {"outcome", outcome}, {"seconds", second}});
}

}  // namespace

TEST_CASE("scans keep their numbers, new ones get the next", "[campaign record]") {
    CampaignRecord record({Events{scan(1, 0, "a"), scan(1, 4, "b")}});
    CHECK(record.part_of("b") == 4);
    CHECK(record.part_of("c") == 5);
    CHECK(record.part_of("c") == 5);
    CHECK(record.part_of("d") == 6);
}

TEST_CASE("what a rank entered is known by the scan's name, not by its number there", "[campaign record]") {
    const CampaignRecord record({Events{scan(1, 0, "a"), scan(1, 1, "b"), end(5, 0, "done")},
                                 Events{at(1, {{"event", "worker"}, {"host", "node2"}}), scan(2, 1, "a"),
                                        scan(2, 0, "b"), end(7, 0, "crashed")}});
    CHECK(record.stage("a", "k", "fit").outcome == Outcome::done);
    CHECK(record.stage("a", "k", "fit").host.empty());
    CHECK(record.stage("b", "k", "fit").outcome == Outcome::crashed);
    CHECK(record.stage("b", "k", "fit").host == "node2");
    CHECK(!record.stage("b", "another key", "fit").outcome);
}

TEST_CASE("the latest counts, whoever's it is", "[campaign record]") {
    const Events own{scan(1, 0, "a"), end(2, 0, "crashed"), end(9, 0, "done")},
        others{scan(3, 0, "a"), end(4, 0, "lost")};
    CHECK(CampaignRecord({own, others}).stage("a", "k", "fit").outcome == Outcome::done);
    CHECK(CampaignRecord({others, own}).stage("a", "k", "fit").seconds == 9.0);
}

TEST_CASE("under another key it is a new scan", "[campaign record]") {
    const CampaignRecord record({Events{scan(1, 0, "a", "old"), end(2, 0, "done"), scan(3, 0, "a", "new")}});
    CHECK(!record.stage("a", "new", "fit").outcome);
    CHECK(!record.stage("a", "old", "fit").outcome);
}
