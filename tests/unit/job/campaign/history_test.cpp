#include "job/campaign/history.h"

#include <nlohmann/json.hpp>

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

CampaignRecord record_of(const std::vector<Events>& journals) {
    std::vector<RunHistory> read;
    for (const auto& journal : journals)
        for (read.emplace_back(); const auto& event : journal) read.back().take(parse_event(event));
    return {nullptr, std::move(read)};
}

}  // namespace

TEST_CASE("scans keep their numbers, new ones get the next", "[campaign record]") {
    CampaignRecord record = record_of({Events{scan(1, 0, "a"), scan(1, 4, "b")}});
    CHECK(record.part_of("b") == 4);
    CHECK(record.part_of("c") == 5);
    CHECK(record.part_of("c") == 5);
    CHECK(record.part_of("d") == 6);
}

TEST_CASE("what a rank entered is known by the scan's name, not by its number there", "[campaign record]") {
    const CampaignRecord record = record_of({Events{scan(1, 0, "a"), scan(1, 1, "b"), end(5, 0, "done")},
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
    CHECK(record_of({own, others}).stage("a", "k", "fit").outcome == Outcome::done);
    CHECK(record_of({others, own}).stage("a", "k", "fit").seconds == 9.0);
}

TEST_CASE("under another key it is a new scan", "[campaign record]") {
    const CampaignRecord record =
        record_of({Events{scan(1, 0, "a", "old"), end(2, 0, "done"), scan(3, 0, "a", "new")}});
    CHECK(!record.stage("a", "new", "fit").outcome);
    CHECK(record.stage("a", "old", "fit").outcome == Outcome::done);
}

TEST_CASE("a host whose clock is behind takes nothing from the others", "[campaign record]") {
    const auto checked = [](int second, const char* hash) {
        return at(second, {{"event", "checked"}, {"stage", "fit"}, {"part", 0}, {"hash", hash}});
    };
    // The config was edited between two starts; the second host enters them with times before the first's.
    const Events own{scan(20, 0, "a", "old"), scan(30, 0, "a", "new")},
        behind{scan(1, 0, "a", "old"), checked(2, "h1"), end(2, 0, "done"),
               scan(3, 0, "a", "new"), checked(4, "h2"), end(4, 0, "done")};
    const CampaignRecord record = record_of({own, behind});
    CHECK(record.stage("a", "new", "fit").hash == "h2");
    CHECK(record.stage("a", "new", "fit").seconds == 4.0);
    // Failed on a host that is ahead, then done on one that is behind: what is on disk tells.
    const Events ahead{scan(50, 0, "a"), end(55, 0, "crashed")},
        later{scan(5, 0, "a"), checked(6, "h3"), end(6, 0, "done")};
    const CampaignRecord retried = record_of({ahead, later});
    CHECK(retried.stage("a", "k", "fit", "h3").outcome == Outcome::done);
    CHECK(retried.stage("a", "k", "fit", "h4").outcome == Outcome::crashed);
}

TEST_CASE("what was found good counts, though its end was not entered any more", "[campaign record]") {
    const CampaignRecord record = record_of(
        {Events{scan(1, 0, "a"), at(2, {{"event", "unfit"}, {"stage", "fit"}, {"part", 0}, {"why", "diverged"}}),
                end(2, 0, "diverged"), at(3, {{"event", "checked"}, {"stage", "fit"}, {"part", 0}, {"hash", "h"}})}});
    CHECK(record.stage("a", "k", "fit").outcome == Outcome::done);
    const CampaignRecord ended = record_of(
        {Events{scan(1, 0, "a"), at(2, {{"event", "unfit"}, {"stage", "fit"}, {"part", 0}, {"why", "diverged"}}),
                end(2, 0, "diverged"), end(3, 0, "done")}});
    CHECK(ended.stage("a", "k", "fit").why.empty());
}

TEST_CASE("the journal that is open counts as it is when it is asked", "[campaign record]") {
    RunHistory own;
    for (const auto& event : Events{scan(1, 0, "a"), end(2, 0, "crashed")}) own.take(parse_event(event));
    const CampaignRecord record(&own, {});
    CHECK(record.stage("a", "k", "fit").outcome == Outcome::crashed);
    own.take(parse_event(end(3, 0, "done")));
    CHECK(record.stage("a", "k", "fit").outcome == Outcome::done);
}
