#include "os/reaper/rounds_launcher.h"

#include <poll.h>

#include <csignal>
#include <stdexcept>

#include "base/error.h"
#include "catch.h"

using namespace hlaunch;

namespace {

// Stands in for the launcher of kept processes: the test plays their answers.
class RoundsProcesses final : public Launcher {
  public:
    std::vector<std::pair<unsigned, std::string>> asked;
    std::vector<unsigned> stopped, killed;
    std::vector<TreeEvent> next;

    void start(unsigned slot, const TreeSpec& spec) override { asked.emplace_back(slot, spec.marker); }
    void stop(unsigned slot) override { stopped.push_back(slot); }
    void kill(unsigned slot) override { killed.push_back(slot); }
    std::vector<int> descriptors() const override { return {}; }
    std::vector<TreeEvent> events() override { return std::exchange(next, {}); }

    void tell(TreeEvent::Kind kind, unsigned slot, int code = 0, bool signalled = false) {
        TreeEvent event;
        event.kind = kind;
        event.slot = slot;
        event.pid = 100;
        event.status = {.signalled = signalled, .code = code};
        event.cpu_seconds = 2.0;
        event.peak_resident_bytes = 1000;
        next.push_back(std::move(event));
    }
};

using Kind = TreeEvent::Kind;

struct RoundsBench {
    RoundsProcesses inner;
    RoundsLauncher launcher;

    explicit RoundsBench(RoundsLauncher::Work work)
        : launcher(inner, [work = std::move(work)](unsigned, const TreeSpec&) { return work; }) {}

    std::vector<TreeEvent> told;  // not looked at yet

    void take() {
        for (auto& event : launcher.events()) told.push_back(std::move(event));
    }
    // Until a thread has something to say: nobody sleeps.
    void hear() {
        pollfd polled{launcher.descriptors().back(), POLLIN, 0};
        REQUIRE(::poll(&polled, 1, 60'000) == 1);
        take();
    }
    void await_question(std::size_t number) {
        while (inner.asked.size() < number) hear();
        CHECK(inner.asked.size() == number);
    }
    void answer(Kind kind = Kind::ended, int code = 0, bool signalled = false, unsigned slot = 0) {
        inner.tell(kind, slot, code, signalled);
        take();
    }
    TreeEvent end() {
        while (told.empty()) hear();
        CHECK(told.size() == 1);
        return std::exchange(told, {}).front();
    }
};

TreeSpec spec_of(const std::string& marker) {
    TreeSpec out;
    out.marker = marker;
    return out;
}

ExitStatus one_round(Rounds& rounds) {
    rounds.run(spec_of("round"));
    return {};
}

ExitStatus two_rounds(Rounds& rounds) {
    for (const auto* name : {"first", "second"}) {
        const auto end = rounds.run(spec_of(name));
        if (!end.status.ok()) throw RoundFailed{end};
    }
    return {.signalled = false, .code = 7};
}

}  // namespace

TEST_CASE("a task of two rounds has one start and one end", "[rounds_launcher]") {
    RoundsBench bench(two_rounds);
    bench.launcher.start(0, spec_of("task"));
    bench.await_question(1);
    CHECK(bench.inner.asked[0] == std::pair(0U, std::string("first")));
    bench.inner.tell(Kind::started, 0);
    bench.take();
    REQUIRE(bench.told.size() == 1);
    CHECK(bench.told[0].kind == Kind::started);
    bench.told.clear();
    bench.answer();
    bench.await_question(2);
    CHECK(bench.inner.asked.back().second == "second");
    bench.inner.tell(Kind::started, 0);
    bench.take();
    CHECK(bench.told.empty());
    bench.answer();
    const auto end = bench.end();
    CHECK(end.kind == Kind::ended);
    CHECK(end.slot == 0);
    CHECK(end.status.code == 7);
    CHECK(end.pid == 100);
    CHECK(end.cpu_seconds >= 4.0);
    CHECK(end.peak_resident_bytes == 1000);
}

TEST_CASE("a round that failed may be the task's end", "[rounds_launcher]") {
    RoundsBench bench(two_rounds);
    bench.launcher.start(0, spec_of("task"));
    bench.await_question(1);
    SECTION("killed") {
        bench.answer(Kind::ended, SIGKILL, true);
        const auto end = bench.end();
        CHECK(end.kind == Kind::ended);
        CHECK(end.status.signalled);
        CHECK(end.status.code == SIGKILL);
    }
    SECTION("not even started") {
        bench.answer(Kind::start_failed, 1);
        CHECK(bench.end().kind == Kind::start_failed);
    }
    CHECK(bench.inner.asked.size() == 1);
}

TEST_CASE("a stop cuts the task and stops the process whose round runs", "[rounds_launcher]") {
    const bool kill = GENERATE(false, true);
    RoundsBench bench(two_rounds);
    bench.launcher.start(0, spec_of("task"));
    bench.await_question(1);
    if (kill)
        bench.launcher.kill(0);
    else
        bench.launcher.stop(0);
    CHECK((kill ? bench.inner.killed : bench.inner.stopped) == std::vector<unsigned>{0});
    bench.hear();  // the thread has gone, its round not yet
    CHECK(bench.told.empty());
    bench.answer(Kind::ended, 130);
    const auto end = bench.end();
    CHECK(end.status.signalled);
    CHECK(end.status.code == SIGTERM);
    CHECK(bench.inner.asked.size() == 1);
}

TEST_CASE("a stop between rounds leaves the process alone", "[rounds_launcher]") {
    RoundsBench bench(two_rounds);
    bench.launcher.start(0, spec_of("task"));
    bench.launcher.stop(0);  // whether the thread has asked already or not
    CHECK(bench.inner.stopped.empty());
    CHECK(bench.end().status.signalled);
    CHECK(bench.inner.asked.empty());
}

TEST_CASE("what a task throws is its end, with the reason", "[rounds_launcher]") {
    RoundsBench bench([](Rounds&) -> ExitStatus { throw std::runtime_error("no room"); });
    bench.launcher.start(3, spec_of("task"));
    const auto end = bench.end();
    CHECK(end.slot == 3);
    CHECK(end.status.code == 70);
    CHECK(end.why == "no room");
}

TEST_CASE("a slot is free again after an end", "[rounds_launcher]") {
    RoundsBench bench(one_round);
    for (std::size_t task = 1; task <= 3; ++task) {
        bench.launcher.start(0, spec_of("task"));
        bench.await_question(task);
        bench.answer();
        CHECK(bench.end().status.ok());
    }
}

TEST_CASE("slots do not wait for each other", "[rounds_launcher]") {
    RoundsBench bench(one_round);
    bench.launcher.start(0, spec_of("a"));
    bench.await_question(1);
    bench.launcher.start(1, spec_of("b"));
    bench.await_question(2);
    bench.answer(Kind::ended, 0, false, 1);
    CHECK(bench.end().slot == 1);
    bench.answer();
    CHECK(bench.end().slot == 0);
}

TEST_CASE("the launcher's end is that of its threads", "[rounds_launcher]") {
    bool cut = false;
    {
        RoundsBench bench([&](Rounds& rounds) -> ExitStatus {
            try {
                rounds.run(spec_of("round"));
            } catch (const RoundsCut&) {
                cut = true;
                throw;
            }
            return {};
        });
        bench.launcher.start(0, spec_of("task"));
        bench.await_question(1);
    }
    CHECK(cut);
}
