#include "run/states/interruption.h"

#include <csignal>

#include "catch.h"

using namespace hlaunch;
using namespace std::chrono_literals;

namespace {
const Clock::Time zero{};
}

TEST_CASE("a signal stops, the next one kills, the first is the one that counts", "[interruption]") {
    TaskStates states(1, {});
    states.add({.slot = 0, .expected = {}});
    static_cast<void>(states.actions(zero));
    Deadline deadline;
    Interruption interruption;
    CHECK(heed(SIGCHLD, zero, states, deadline, interruption) == SignalNews::none);
    CHECK(!interruption.by);
    CHECK(heed(SIGINT, zero, states, deadline, interruption) == SignalNews::stopping);
    CHECK(states.actions(zero).at(0).kind == TaskAction::Kind::stop);
    CHECK(heed(SIGTERM, zero, states, deadline, interruption) == SignalNews::none);
    CHECK(states.actions(zero).at(0).kind == TaskAction::Kind::kill);
    CHECK(interruption.by == SIGINT);
}

TEST_CASE("an announced end counts only where it kept something back", "[interruption]") {
    for (const bool all_fit : {true, false}) {
        TaskStates states(1, {});
        states.add({.slot = 0, .expected = all_fit ? 1s : 100s});
        Deadline deadline(10s);
        Interruption interruption;
        CHECK(heed(SIGUSR1, zero, states, deadline, interruption) == SignalNews::announced);
        CHECK(heed(SIGUSR2, zero, states, deadline, interruption) == SignalNews::none);
        states.set_deadline(*deadline.at());
        for (const auto& action : states.actions(zero)) states.ended(action.task, Outcome::done, zero);
        conclude(states, deadline, interruption);
        CHECK(interruption.by == (all_fit ? std::nullopt : std::optional(SIGUSR1)));
        CHECK(!interruption.out_of_time);
    }
}

TEST_CASE("our own time limit is no signal", "[interruption]") {
    TaskStates states(1, {});
    states.add({.slot = 0, .expected = 100s});
    Deadline deadline;
    deadline.limit(zero + 10s);
    states.set_deadline(*deadline.at());
    CHECK(states.actions(zero).empty());
    Interruption interruption;
    conclude(states, deadline, interruption);
    CHECK(interruption.out_of_time);
    CHECK(!interruption.by);
}
