#include "run/watch/memory_watch.h"

#include "catch.h"

using namespace hlaunch;
using namespace std::chrono_literals;

namespace {

std::string label(unsigned task) {
    return "task " + std::to_string(task);
}

}  // namespace

TEST_CASE("short memory on one node holds its slots alone, and the newest task there is stopped") {
    std::uint64_t left = 50;
    unsigned readings = 0;
    MemoryWatch watch({IdSet{0}, IdSet{0}, IdSet{1}}, [&](const IdSet& nodes) {
        ++readings;
        return MemoryState{.available_bytes = nodes.contains(1) ? 50 : left, .total_bytes = 100};
    });
    TaskStates states(3, {});
    for (unsigned task = 0; task < 6; ++task) states.add({.slot = task % 3, .expected = {}});
    Clock::Time now{};
    CHECK(states.actions(now).size() == 3);
    for (const unsigned task : {0, 2, 1}) states.started(task, now += 1s);

    CHECK(watch.look(states, false, label).empty());
    CHECK(readings == 2);  // slots of the same nodes share one
    left = 9;
    auto news = watch.look(states, false, label);
    REQUIRE(news.size() == 2);
    CHECK_THAT(news[0], contains_text("9 B of 100 B memory left for slot 0: nothing more is started there"));
    CHECK_THAT(news[1], contains_text("slot 1"));
    CHECK(watch.look(states, false, label).empty());  // told once

    left = 2;
    news = watch.look(states, false, label);
    REQUIRE(news.size() == 1);
    CHECK_THAT(news[0], contains_text("task 1 is stopped before the kernel chooses one"));
    auto actions = states.actions(now);
    REQUIRE(actions.size() == 1);
    CHECK(actions[0].kind == TaskAction::Kind::stop);
    CHECK(actions[0].task == 1);
    CHECK(actions[0].reason == StopReason::memory);

    // A slot of the other node goes on, one of this node waits for memory.
    CHECK(states.ended(2, Outcome::done, now));
    CHECK(states.ended(0, Outcome::done, now));
    actions = states.actions(now);
    REQUIRE(actions.size() == 1);
    CHECK(actions[0].task == 5);
    left = 50;
    CHECK(watch.look(states, false, label).empty());
    actions = states.actions(now);
    REQUIRE(actions.size() == 1);
    CHECK(actions[0].task == 3);
}

TEST_CASE("a hold of all slots for another reason stays") {
    MemoryWatch watch({IdSet{0}}, [](const IdSet&) { return MemoryState{.available_bytes = 50, .total_bytes = 100}; });
    TaskStates states(1, {});
    states.add({});
    CHECK(watch.look(states, true, label).empty());
    CHECK(states.actions({}).empty());
    CHECK(watch.look(states, false, label).empty());
    CHECK(states.actions({}).size() == 1);
}
