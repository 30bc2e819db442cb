#include "run/journal/history.h"

#include <nlohmann/json.hpp>

#include "catch.h"

using namespace hlaunch;
using nlohmann::json;

namespace {

RunHistory read_history(const std::vector<json>& events) {
    RunHistory out;
    for (const auto& event : events) out.take(parse_event(event));
    return out;
}

RunHistory history_of(const std::vector<Event>& events) {
    RunHistory out;
    for (const auto& event : events) out.take(event);
    return out;
}

}  // namespace

TEST_CASE("the slowest of what ended well tells how long the next may take", "[history]") {
    const auto end = [](const char* stage, const char* outcome, double cost, double seconds) {
        return json{{"event", "end"}, {"stage", stage}, {"outcome", outcome}, {"cost", cost}, {"seconds", seconds}};
    };
    auto history = read_history(
        {json{{"event", "start"}, {"stage", "cmc"}}, end("nlsq", "done", 1, 900), end("cmc", "stopped", 10, 5)});
    CHECK(!history.expected_seconds("cmc", 10));
    history.take(parse_event(end("cmc", "done", 10, 20)));
    history.take(parse_event(end("cmc", "done", 10, 30)));
    CHECK(history.expected_seconds("cmc", 5) == 15.0);
    CHECK(!history.expected_seconds("cmc", 0));
    // Of another type than we write it: nothing.
    for (const auto* field : {"event", "stage", "outcome", "cost", "seconds"}) {
        auto strange = end("cmc", "done", 1, 100);
        strange[field] = json::array({1});
        history.take(parse_event(strange));
    }
    CHECK(history.expected_seconds("cmc", 5) == 15.0);
}

TEST_CASE("kinds in their order, and whether variables were hashed without a secret", "[history]") {
    using Kinds = std::vector<std::string>;
    CHECK(read_history({}).kinds.empty());
    const auto history = read_history({{{"event", "start"}, {"stage", "survey"}},
                                       {{"event", "folder"}, {"of", "run"}},
                                       {{"event", "run"}},
                                       {{"event", "queue"}, {"tasks", 3}, {"keyed", true}},
                                       {{"event", "run"}}});
    CHECK(history.kinds == Kinds{"run", "queue"});
    CHECK(history.identities.size() == 2);
    CHECK_FALSE(history.hashed_without_secret);
    CHECK(read_history({{{"event", "queue"}, {"tasks", 3}}}).hashed_without_secret);
    CHECK(read_history({{{"event", "command"}}}).hashed_without_secret);
}

TEST_CASE("an instance is done until it is started again", "[history]") {
    auto history = history_of(
        {events::Start{.stage = "cmc", .part = 1},
         events::End{.stage = "cmc", .part = 1, .status = "exit code 3", .proof = {"memory: elsewhere"}, .again = true},
         events::Start{.stage = "cmc", .part = 1}});
    CHECK_FALSE(history.instances.at({"cmc", 1}).ended_well);
    CHECK(history.instances.at({"cmc", 1}).proof.size() == 1);
    history.take(events::End{.stage = "cmc", .part = 1, .status = "exit code 0"});
    CHECK(history.instances.at({"cmc", 1}).ended_well);
    CHECK(history.instances.at({"cmc", 1}).proof.empty());
    history.take(events::Start{.stage = "cmc", .part = 1});
    CHECK_FALSE(history.instances.at({"cmc", 1}).ended_well);
}

TEST_CASE("results are known by their hashes, memory by its newest", "[history]") {
    auto history =
        history_of({events::Fitted{.stage = "nlsq", .hash = "f"}, events::Checked{.stage = "nlsq", .hash = "c"},
                    events::Evaluated{.hash = "e", .plots = true}, events::Evaluated{.hash = "e", .plots = false},
                    events::Memory{.stage = "cmc", .part = 0, .peak_bytes = 1},
                    events::Memory{.stage = "cmc", .part = 0, .peak_bytes = 2},
                    events::Prepared{.config_hash = "a", .shard_key = "s", .min_shards = 1},
                    events::Prepared{.config_hash = "b", .shard_key = "s", .min_shards = 2}});
    CHECK(history.fitted.contains({"nlsq", "f"}));
    CHECK_FALSE(history.checked.contains({"nlsq", "f"}));
    CHECK(history.checked.contains({"nlsq", "c"}));
    CHECK(history.evaluated.at("e"));
    CHECK(history.memory.at({"cmc", 0}).peak_bytes == 2);
    CHECK(history.prepared->config_hash == "b");
}

TEST_CASE("a queue's tasks leave nothing in it", "[history]") {
    RunHistory history;
    history.take(events::Queue{.tasks = 2, .keyed = true});
    for (const auto* key : {"0a", "0b"}) {
        history.take(events::Start{.task = 1, .key = key, .receipt = 1});
        history.take(events::End{.task = 1, .key = key, .receipt = 1, .outcome = Outcome::done, .seconds = 1.0});
    }
    CHECK(history.instances.empty());
    CHECK(history.seconds_per_cost.empty());
    CHECK(history.scan_stages.empty());
}

TEST_CASE("how it ended, and whether that was the last word", "[history]") {
    auto history = history_of({events::Failed{"no room"}});
    CHECK(history.ends_with_it);
    CHECK(history.ending.as<events::Failed>()->why == "no room");
    history.take(events::End{.stage = "survey"});
    CHECK_FALSE(history.ends_with_it);
    CHECK(history.ending.as<events::Failed>());
    history.take(events::Worker{.rank = 1, .host = "n2"});
    CHECK(history.worker->host == "n2");
    CHECK(history.ending.as<events::Failed>() == nullptr);
    history.take(events::Worked{.rounds = 3});
    CHECK(history.ending.as<events::Worked>()->rounds == 3U);
    history.take(events::Interrupted{15});
    CHECK(history.ending.as<events::Interrupted>()->signal == 15);
}
