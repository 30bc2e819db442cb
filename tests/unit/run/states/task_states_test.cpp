#include "run/states/task_states.h"

#include <random>
#include <set>

#include "base/error.h"
#include "catch.h"

using namespace hlaunch;
using namespace std::chrono_literals;
using Kind = TaskAction::Kind;

namespace {

const Clock::Time start{};

std::vector<unsigned> started_by(const std::vector<TaskAction>& actions) {
    std::vector<unsigned> out;
    for (const auto& action : actions)
        if (action.kind == Kind::start) out.push_back(action.task);
    return out;
}

}  // namespace

TEST_CASE("numbers of retries are read again as they were written", "[run]") {
    CHECK(Retries().text() == "lost=1,out-of-memory=1");
    for (const char* text : {"0", "7", "lost=3,crashed=1", "killed=1000", "lost=1,out-of-memory=1"}) {
        CHECK(Retries::parse(text).text() == text);
        CHECK(Retries::parse(Retries::parse(text).text()) == Retries::parse(text));
    }
}

TEST_CASE("a slot runs its tasks one after the other, a free task goes to whoever is free", "[task]") {
    TaskStates states(2, {});
    states.add({.slot = 0, .expected = {}});
    states.add({.slot = 0, .expected = {}});
    states.add({.slot = {}, .expected = {}});
    states.add({.slot = {}, .expected = {}});
    CHECK(started_by(states.actions(start)) == std::vector<unsigned>{0, 2});
    CHECK(states.actions(start).empty());
    CHECK(states.state(0) == TaskState::starting);
    states.started(0, start);
    CHECK(states.state(0) == TaskState::running);
    CHECK(states.ended(0, Outcome::done, start));
    CHECK(started_by(states.actions(start)) == std::vector<unsigned>{1});
    states.ended(2, Outcome::done, start);
    CHECK(started_by(states.actions(start)) == std::vector<unsigned>{3});
    CHECK(!states.finished());
    states.ended(1, Outcome::crashed, start);
    states.ended(3, Outcome::done, start);
    CHECK(states.finished());
    CHECK(states.state(1) == TaskState::failed);
    CHECK(!states.state(3));
}

TEST_CASE("lost and out of memory are tried once more, the latter alone; others are not", "[task]") {
    TaskStates states(2, {});
    states.add({.slot = 0, .expected = {}});
    states.add({.slot = 1, .expected = {}});
    static_cast<void>(states.actions(start));
    CHECK(!states.ended(0, Outcome::out_of_memory, start));
    CHECK(states.actions(start).empty());  // alone: the other still runs
    CHECK(!states.ended(1, Outcome::lost, start));
    const auto first = states.actions(start);
    CHECK(started_by(first) == std::vector<unsigned>{0});
    CHECK(first.front().attempt == 2);
    CHECK(states.ended(0, Outcome::out_of_memory, start));
    CHECK(states.state(0) == TaskState::failed);
    CHECK(started_by(states.actions(start)) == std::vector<unsigned>{1});
    CHECK(states.ended(1, Outcome::lost, start));
    CHECK(states.state(1) == TaskState::lost);
    CHECK(states.finished());
}

TEST_CASE("a stop starts nothing more and stops what runs, once; a second one kills", "[task]") {
    TaskStates states(1, {});
    states.add({.slot = 0, .expected = {}});
    states.add({.slot = 0, .expected = {}});
    static_cast<void>(states.actions(start));
    states.started(0, start);
    states.stop_all(StopReason::user);
    const auto stop = states.actions(start);
    REQUIRE(stop.size() == 1);
    CHECK(stop.front().kind == Kind::stop);
    CHECK(stop.front().reason == StopReason::user);
    CHECK(states.actions(start).empty());
    states.kill_all();
    REQUIRE(states.actions(start).size() == 1);
    CHECK(states.actions(start).empty());
    CHECK(!states.finished());
    CHECK(states.ended(0, Outcome::stopped, start));
    CHECK(states.actions(start).empty());
    CHECK(states.finished());
    CHECK(states.waiting() == 1);
}

TEST_CASE("a stop while a task is starting reaches it", "[task]") {
    TaskStates states(1, {});
    states.add({.slot = 0, .expected = {}});
    static_cast<void>(states.actions(start));
    states.stop_all(StopReason::user);
    CHECK(states.actions(start).size() == 1);
    states.started(0, start);
    CHECK(states.state(0) == TaskState::stopping);
}

TEST_CASE("a task's time limit stops it, and time alone asks for it", "[task]") {
    TaskStates states(1, {.retries = {}, .task_limit = 10s, .grace = 1s});
    states.add({.slot = 0, .expected = {}});
    static_cast<void>(states.actions(start));
    states.started(0, start + 1s);
    CHECK(states.next_time() == start + 11s);
    CHECK(states.actions(start + 10s).empty());
    const auto stop = states.actions(start + 11s);
    REQUIRE(stop.size() == 1);
    CHECK(stop.front().reason == StopReason::time_limit);
    CHECK(states.why_stopped(0) == StopReason::time_limit);
}

TEST_CASE("before a deadline only what fits is started, and what runs is stopped a grace before", "[task]") {
    TaskStates states(1, {.retries = {}, .task_limit = {}, .grace = 5s});
    states.add({.slot = 0, .expected = 100s});
    states.add({.slot = 0, .expected = 20s});
    states.add({.slot = 0, .expected = {}});
    states.set_deadline(start + 60s);
    CHECK(started_by(states.actions(start)) == std::vector<unsigned>{1});
    states.started(1, start);
    CHECK(states.next_time() == start + 55s);
    states.ended(1, Outcome::done, start + 21s);
    CHECK(started_by(states.actions(start + 21s)) == std::vector<unsigned>{2});
    states.started(2, start + 21s);
    const auto stop = states.actions(start + 55s);
    REQUIRE(stop.size() == 1);
    CHECK(stop.front().reason == StopReason::deadline);
    CHECK(states.ended(2, Outcome::stopped, start + 56s));
    CHECK(states.finished());
    CHECK(states.waiting() == 1);
    CHECK(states.kept_back_by_deadline());
}

TEST_CASE("what would still run a grace before the deadline is not started", "[task]") {
    TaskStates states(1, {.retries = {}, .task_limit = {}, .grace = 5s});
    states.add({.slot = 0, .expected = 56s});
    states.add({.slot = 0, .expected = {}});
    states.add({.slot = 0, .expected = {}});
    states.set_deadline(start + 60s);
    states.set_typical(10s);
    CHECK(started_by(states.actions(start)) == std::vector<unsigned>{1});
    states.started(1, start);
    states.ended(1, Outcome::done, start + 46s);
    CHECK(states.actions(start + 46s).empty());
    CHECK(states.finished());
    CHECK(states.waiting() == 2);
    CHECK(states.kept_back_by_deadline());
}

TEST_CASE("a held slot starts nothing until it is let go", "[task]") {
    TaskStates states(1, {});
    states.add({.slot = 0, .expected = {}});
    states.hold(0, true);
    CHECK(states.actions(start).empty());
    CHECK(!states.finished());
    states.hold(0, false);
    CHECK(states.actions(start).size() == 1);
}

TEST_CASE("retries are read by number and by name", "[task]") {
    CHECK(Retries().after(Outcome::lost) == 1);
    CHECK(Retries().after(Outcome::crashed) == 0);
    CHECK(Retries::parse("3").after(Outcome::killed) == 3);
    CHECK(Retries::parse("3").after(Outcome::bad_config) == 0);
    CHECK(Retries::parse("lost=2,crashed=1").after(Outcome::lost) == 2);
    CHECK(Retries::parse("lost=2,crashed=1").after(Outcome::out_of_memory) == 0);
    for (const char* bad : {"", "x", "-1", "bad-config=1", "lost=", "lost=1,", "1e3"}) {
        INFO(bad);
        CHECK_THROWS_AS(Retries::parse(bad), Error);
    }
}

TEST_CASE("whatever happens in whatever order: one task a slot, each ends once, retries are counted",
          "[task][property]") {
    const auto seed = 1U;  // the same cases each time
    INFO("seed " << seed);
    std::mt19937 random(seed);
    for (int round = 0; round < 300; ++round) {
        const auto slots = static_cast<unsigned>(1 + random() % 4), tasks = static_cast<unsigned>(random() % 12);
        TaskStates states(slots, {.retries = Retries::parse("2"), .task_limit = {}, .grace = 1s});
        for (unsigned i = 0; i < tasks; ++i)
            states.add(
                {.slot = random() % 2 == 0 ? std::optional(static_cast<unsigned>(random() % slots)) : std::nullopt,
                 .expected = {}});
        std::map<unsigned, unsigned> on_slot, ends;
        std::set<unsigned> over;
        auto now = start;
        for (int step = 0; step < 400 && !states.finished(); ++step) {
            now += 1s;
            for (const auto& action : states.actions(now)) {
                if (action.kind != Kind::start) {
                    CHECK(on_slot.at(action.slot) == action.task);
                    continue;
                }
                CHECK(on_slot.count(action.slot) == 0);
                CHECK(over.count(action.task) == 0);
                CHECK(action.attempt == ends[action.task] + 1);
                on_slot[action.slot] = action.task;
                if (random() % 2 == 0) states.started(action.task, now);
            }
            if (random() % 97 == 0) states.stop_all(StopReason::user);
            if (on_slot.empty()) continue;
            auto some = on_slot.begin();
            std::advance(some, static_cast<long>(random() % on_slot.size()));
            const auto outcome = static_cast<Outcome>(random() % outcomes);
            ++ends[some->second];
            if (states.ended(some->second, outcome, now)) over.insert(some->second);
            on_slot.erase(some);
        }
        CHECK(states.finished());
        CHECK(on_slot.empty());
        if (states.stopping() == StopReason::none) CHECK(over.size() == tasks);
        // At most two more tries after each of the four outcomes that are tried again.
        for (const auto& [task, count] : ends) CHECK(count <= 9);
    }
}

TEST_CASE("a slot that can start nothing is retired: its task goes to another, before all others", "[task]") {
    TaskStates states(2, {});
    for (int i = 0; i < 4; ++i) states.add({.slot = {}, .expected = {}});
    states.add({.slot = 1, .expected = {}});
    CHECK(started_by(states.actions(start)) == std::vector<unsigned>{0, 4});
    CHECK(states.retire_slot_of(4));
    CHECK(states.state(4) == TaskState::waiting);
    CHECK(states.actions(start).empty());  // slot 0 is busy, slot 1 takes nothing
    states.hold_all(false);
    CHECK(states.actions(start).empty());
    CHECK_FALSE(states.finished());
    states.ended(0, Outcome::done, start);
    const auto next = states.actions(start);
    REQUIRE(started_by(next) == std::vector<unsigned>{4});
    CHECK(next.front().attempt == 1);  // the first was none
    states.ended(4, Outcome::done, start);
    CHECK(started_by(states.actions(start)) == std::vector<unsigned>{1});
    CHECK_FALSE(states.retire_slot_of(1));  // the last one
    CHECK(states.waiting() == 3);
}

TEST_CASE("a task whose slot was retired while a stop was asked for waits like the rest", "[task]") {
    TaskStates states(2, {});
    states.add({.slot = {}, .expected = {}});
    (void)states.actions(start);
    states.stop_all(StopReason::user);
    CHECK(states.retire_slot_of(0));
    CHECK(states.finished());
    CHECK(states.waiting() == 1);
}
