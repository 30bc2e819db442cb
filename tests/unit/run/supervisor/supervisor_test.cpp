#include "run/supervisor/supervisor.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "catch.h"
#include "support/fake_world.h"

using namespace hlaunch;
using namespace std::chrono_literals;
using Words = std::vector<std::string>;

namespace {

enum class SourceKind { list, stream };

class FakeTasks final : public TaskSource {
  public:
    FakeTasks(SourceKind kind, unsigned slots, unsigned tasks) : kind_(kind), slots_(slots), left_(tasks) {}

    void refill(TaskStates& states, bool idle) override {
        if (idle && left_ == 0) left_ = std::exchange(others_leave, 0U);
        asked_idle += idle ? 1U : 0U;
        while (left_ > 0 && (kind_ == SourceKind::list || states.waiting() < 2 * slots_)) {
            --left_;
            const auto task =
                states.add({.slot = kind_ == SourceKind::list && pinned ? std::optional(added % slots_) : std::nullopt,
                            .expected = expected});
            CHECK(task == added++);
        }
        most_waiting = std::max(most_waiting, states.waiting());
    }
    TreeSpec place(unsigned task, unsigned) override {
        TreeSpec out;
        out.child.argv = {label(task)};
        out.child.stderr_path = "log";
        return out;
    }
    std::unique_ptr<Watch> watch(unsigned, const TreeEvent& started, Clock::Time now) override {
        return watched ? std::make_unique<LightWatch>(started.pid, now) : nullptr;
    }
    std::uint64_t memory_bytes(unsigned, unsigned) const override { return 100; }
    bool hurried() const override { return kind_ == SourceKind::stream; }
    events::Start start_event(unsigned task, unsigned, std::uint64_t receipt) const override {
        return {.task = task, .receipt = receipt};
    }
    events::End end_event(const TaskEnd& end) const override {
        return {.task = end.task, .outcome = end.outcome, .again = end.again};
    }
    TaskWords words() const override { return {"slot", "takes no more"}; }
    std::string label(unsigned task) const override { return "task " + std::to_string(task); }
    void ended(TaskEnd end) override { ends.push_back(std::move(end)); }
    void show(Moment moment) override { last_shown = moment; }

    bool watched = true, pinned = false;
    std::optional<Clock::Duration> expected;
    unsigned others_leave = 0;  // comes when nothing is left here
    unsigned asked_idle = 0, added = 0;
    std::size_t most_waiting = 0;
    std::vector<TaskEnd> ends;
    Moment last_shown = Moment::change;

  private:
    SourceKind kind_;
    unsigned slots_, left_;
};

struct Bench {
    Bench(unsigned number_of_slots, unsigned number_of_tasks)
        : kind(GENERATE(SourceKind::list, SourceKind::stream)),
          slots(number_of_slots),
          tasks(kind, slots, number_of_tasks) {
        rules.disk_path = "run";
        rules.stop_file = "stop";
    }
    Supervisor::Result run() {
        Supervisor supervisor({world.clock, world, &world, world.display, world.deadline, world}, rules,
                              std::vector<IdSet>(slots), tasks);
        return supervisor.run();
    }
    [[nodiscard]] Words started() const {
        Words out;
        for (const auto& one : world.started) out.push_back(one.name);
        return out;
    }
    SourceKind kind;
    FakeWorld world;
    RunRules rules;
    unsigned slots;
    FakeTasks tasks;
};

// What the first start of each task does; a second one ends well after 10 s.
auto at_first(Script script) {
    return [script, seen = std::set<std::string>()](unsigned, const TreeSpec& tree) mutable {
        return seen.insert(tree.child.argv.front()).second ? script : Script();
    };
}

}  // namespace

TEST_CASE("tasks run one at a time in each slot, and their intent is written first", "[supervisor]") {
    Bench bench(2, 5);
    auto& world = bench.world;
    world.script = [&](unsigned, const TreeSpec& tree) {
        CHECK(tree.receipt > 0);
        CHECK(std::ranges::any_of(world.journal, [&](const auto& event) {
            return event.value("receipt", std::uint64_t{0}) == tree.receipt;
        }));
        return Script();
    };
    const auto result = bench.run();
    CHECK_FALSE(result.interruption.by);
    CHECK_FALSE(result.disk_full);
    CHECK(bench.started() == Words{"task 0", "task 1", "task 2", "task 3", "task 4"});
    CHECK(world.started[2].at_s == Approx(10.0));
    CHECK(world.started[4].at_s == Approx(20.0));
    CHECK(world.seconds() == Approx(30.0));
    CHECK(world.ends() == Words(5, "done"));
    CHECK(world.batches == std::vector<std::size_t>{2, 4, 3, 1});  // several at once in one append
    CHECK(bench.tasks.last_shown == TaskSource::Moment::last);
    CHECK(bench.tasks.most_waiting <= (bench.kind == SourceKind::list ? 5U : 4U));
}

TEST_CASE("a signal stops what runs by its grace, a second one kills it", "[supervisor]") {
    Bench bench(1, 3);
    auto& world = bench.world;
    world.script = [](auto, const auto&) { return Script{.runs = 100s, .heeds = SIGKILL}; };
    world.signal_at(3s, SIGINT);
    SECTION("INT, TERM, KILL") {
        const auto result = bench.run();
        CHECK(world.sent == std::vector<FakeWorld::Sent>{{3.0, SIGINT}, {8.0, SIGTERM}, {10.0, SIGKILL}});
        CHECK(result.interruption.by == SIGINT);
    }
    SECTION("twice") {
        world.signal_at(4s, SIGTERM);
        const auto result = bench.run();
        CHECK(world.sent == std::vector<FakeWorld::Sent>{{3.0, SIGINT}, {4.0, SIGKILL}});
        CHECK(result.interruption.by == SIGINT);
    }
    SECTION("children that end are no signal") {
        world.signal_at(4s, SIGCHLD);
        static_cast<void>(bench.run());
        CHECK(world.sent.size() == 3);
    }
    CHECK(bench.started() == Words{"task 0"});
    CHECK(world.ends() == Words{"stopped"});
    CHECK(world.display.told("stopping what runs"));
    CHECK_FALSE(world.anything_runs());
}

TEST_CASE("a stop file is a signal, a second one kills", "[supervisor]") {
    Bench bench(2, 3);
    auto& world = bench.world;
    world.script = [](auto, const auto&) { return Script{.runs = 100s, .heeds = SIGKILL}; };
    for (const auto when : {3s, 5s}) world.at(when, [&] { world.stop_file = true; });
    const auto result = bench.run();
    CHECK(result.interruption.by == SIGTERM);
    REQUIRE(world.sent.size() == 4);
    CHECK(world.sent[0].at_s <= 4.0);
    CHECK(world.sent[3].number == SIGKILL);
    CHECK(world.sent[3].at_s <= 6.0);
}

TEST_CASE("what comes in the very moment in which the last task ends is not lost", "[supervisor]") {
    Bench bench(1, 1);
    auto& world = bench.world;
    const auto when_done = [&](auto act) {
        world.on_append = [&world, act] {
            if (!world.ends().empty()) act();
        };
    };
    SECTION("a signal") {
        when_done([&] { world.signal(SIGTERM); });
        CHECK(bench.run().interruption.by == SIGTERM);
    }
    SECTION("a stop file") {
        when_done([&] { world.stop_file = true; });
        CHECK(bench.run().interruption.by == SIGTERM);
    }
    CHECK(world.ends() == Words{"done"});
}

TEST_CASE("a signal to the whole job, heard after its tasks died of it", "[supervisor]") {
    Bench bench(1, 1);
    bench.world.script = [](auto, const auto&) {
        return Script{.runs = 2s, .status = {.signalled = true, .code = SIGTERM}};
    };
    SECTION("stopped") {
        bench.world.signal_at(2300ms, SIGTERM);
        CHECK(bench.run().interruption.by == SIGTERM);
        CHECK(bench.world.ends() == Words{"stopped"});
    }
    SECTION("killed by somebody else") {
        CHECK_FALSE(bench.run().interruption.by);
        CHECK(bench.world.ends() == Words{"killed"});
    }
}

TEST_CASE("what is lost or crashed is tried again as often as the rules say", "[supervisor]") {
    Bench bench(1, 2);
    auto& world = bench.world;
    SECTION("lost once") {
        world.script = at_first({.runs = 2s, .lost = true});
        static_cast<void>(bench.run());
        CHECK(world.ends() == Words{"lost+", "lost+", "done", "done"});
        CHECK(bench.started() == Words{"task 0", "task 1", "task 0", "task 1"});
    }
    SECTION("lost again") {
        world.script = [](auto, const auto&) { return Script{.runs = 2s, .lost = true}; };
        static_cast<void>(bench.run());
        CHECK(world.ends() == Words{"lost+", "lost+", "lost", "lost"});
    }
    SECTION("lost while it is stopped for its time is not done") {
        bench.rules.instance_limit = 1s;
        world.script = [](auto, const auto&) { return Script{.runs = 2s, .heeds = SIGKILL, .lost = true}; };
        static_cast<void>(bench.run());
        CHECK(world.ends() == Words{"time-limit", "time-limit"});
    }
    SECTION("crashed") {
        world.script = [](auto, const auto&) { return Script{.runs = 2s, .status = exit_code_1}; };
        bench.rules.retries = Retries::parse("crashed=1");
        static_cast<void>(bench.run());
        CHECK(world.ends() == Words{"crashed+", "crashed+", "crashed", "crashed"});
        CHECK(bench.tasks.ends.back().attempts == 2);
    }
}

TEST_CASE("out of memory by three signs, then alone", "[supervisor]") {
    Bench bench(2, 2);
    auto& world = bench.world;
    Script first{.runs = 2s, .status = by_sigkill};
    SECTION("the kernel's log") {
        world.at(1900ms, [&] { world.named_kills = {world.started[0].pid, world.started[1].pid}; });
    }
    SECTION("the group's count") {
        world.at(1900ms, [&] { world.memory_kills = 1; });
    }
    SECTION("its limit") {
        first.peak_bytes = 95;
    }
    world.script = at_first(first);
    static_cast<void>(bench.run());
    const auto ends = world.ends();
    CHECK(ends.front() == "out-of-memory+");
    const auto& again = world.started.back();
    CHECK(again.at_s >= 2.0);
    if (ends[1] == "out-of-memory+") {  // each waits for the other
        REQUIRE(world.started.size() == 4);
        CHECK(world.started[3].at_s - world.started[2].at_s == Approx(10.0));
    } else {
        CHECK(ends == Words{"out-of-memory+", "killed", "done"});
    }
}

TEST_CASE("a kill for memory that was no task's is not put down to a later one", "[supervisor]") {
    Bench bench(1, 1);
    bench.world.at(500ms, [&] { bench.world.memory_kills = 1; });
    bench.world.script = [](auto, const auto&) { return Script{.runs = 5s, .status = by_sigkill}; };
    static_cast<void>(bench.run());
    CHECK(bench.world.ends() == Words{"killed"});
}

TEST_CASE("a full disk stops what runs, a nearly full one starts no more", "[supervisor]") {
    Bench bench(1, 3);
    auto& world = bench.world;
    SECTION("full") {
        world.at(3s, [&] { world.free.bytes = 0; });
        CHECK(bench.run().disk_full);
        CHECK(world.ends() == Words{"disk-full"});
        CHECK(world.sent == std::vector<FakeWorld::Sent>{{5.0, SIGINT}});
    }
    SECTION("nearly full") {
        world.at(3s, [&] { world.free.bytes = disk_low_bytes - 1; });
        CHECK(bench.run().disk_full);
        CHECK(world.ends() == Words{"done"});
        CHECK(world.display.told("nothing more is started"));
    }
    SECTION("room again") {
        world.at(3s, [&] { world.free.bytes = disk_low_bytes - 1; });
        world.at(8s, [&] { world.free.bytes = 1ULL << 40U; });
        CHECK_FALSE(bench.run().disk_full);
        CHECK(world.ends() == Words(3, "done"));
    }
    SECTION("a task that fails with no room left has not crashed") {
        world.at(1s, [&] { world.free.bytes = 0; });
        world.script = [](auto, const auto&) { return Script{.runs = 2s, .status = exit_code_1}; };
        CHECK(bench.run().disk_full);
        CHECK(world.ends().front() == "disk-full");
    }
}

TEST_CASE("what hardly computes is told once", "[supervisor]") {
    Bench bench(1, 1);
    auto& world = bench.world;
    world.script = [](auto, const auto&) { return Script{.runs = 27min}; };
    SECTION("stuck") {
        world.cpu_share = 0.004;
        static_cast<void>(bench.run());
        REQUIRE(world.display.notes.size() == 1);
        CHECK_THAT(world.display.notes[0], contains_text("task 0 (process "));
        CHECK_THAT(world.display.notes[0], contains_text("has hardly computed or written for 10m"));
        CHECK_THAT(world.display.notes[0], contains_text("look at log"));
    }
    SECTION("busy") {
        static_cast<void>(bench.run());
        CHECK(world.display.notes.empty());
    }
    SECTION("not watched") {
        world.cpu_share = 0.0;
        bench.tasks.watched = false;
        static_cast<void>(bench.run());
        CHECK(world.display.notes.empty());
    }
}

TEST_CASE("limits of time: of an instance, of the run, announced", "[supervisor]") {
    Bench bench(1, 2);
    auto& world = bench.world;
    world.script = [](auto, const auto&) { return Script{.runs = 1000s}; };
    SECTION("an instance's") {
        bench.rules.instance_limit = 5s;
        static_cast<void>(bench.run());
        CHECK(world.ends() == Words{"time-limit", "time-limit"});
        CHECK(world.sent.front().at_s == Approx(5.001));
    }
    SECTION("the run's, one grace before it") {
        world.deadline.limit(world.clock.time + 20s);
        CHECK(bench.run().interruption.out_of_time);
        CHECK(world.ends() == Words{"stopped"});
        CHECK(world.sent.front().at_s == Approx(8.0));
    }
    SECTION("what cannot end in time is not started") {
        world.deadline.limit(world.clock.time + 20s);
        bench.tasks.expected = 9s;
        CHECK(bench.run().interruption.out_of_time);
        CHECK(world.started.empty());
    }
    SECTION("the scheduler's") {
        world.signal_at(1s, SIGUSR1);
        CHECK(bench.run().interruption.by == SIGUSR1);
        CHECK(world.sent.front().at_s == Approx(1.0 + 120.0 - 12.0));
    }
}

TEST_CASE("a slot that can no longer be bound takes no more, and the others do its work", "[supervisor]") {
    Bench bench(2, 4);
    auto& world = bench.world;
    world.script = [&](unsigned slot, const TreeSpec&) {
        return slot == 1 && world.seconds() > 5 ? Script{.refused = StartBlame::place} : Script();
    };
    static_cast<void>(bench.run());
    CHECK(world.ends() == Words{"done", "done", "binding-refused+", "done", "done"});
    CHECK(world.display.told("slot 1 takes no more: the kernel refuses"));
    CHECK(bench.tasks.ends.back().attempts == 1);  // what it was not to blame for does not count
    CHECK(world.started.back().slot == 0);
}

TEST_CASE("what cannot be started anywhere ends the run, once what runs is stopped", "[supervisor]") {
    Bench bench(2, 4);
    auto& world = bench.world;
    std::string message;
    const auto run = [&] {
        try {
            static_cast<void>(bench.run());
        } catch (const Error& error) {
            message = error.what();
        }
    };
    SECTION("no slot is left") {
        world.script = [](auto, const auto&) { return Script{.refused = StartBlame::place}; };
        run();
        CHECK_THAT(message, contains_text("no slot is left, the same command again does the rest"));
    }
    SECTION("the machine's fault, with an end in the same moment") {
        world.script = [](unsigned slot, const auto&) {
            return slot == 0 ? Script{.refused = StartBlame::machine} : Script{.runs = 1ms};
        };
        run();
        CHECK_THAT(message, contains_text("nothing more is started"));
    }
    SECTION("the machine's fault, while another runs") {
        world.script = [](unsigned slot, const auto&) {
            return slot == 0 ? Script{.refused = StartBlame::machine} : Script{.heeds = SIGTERM};
        };
        run();
        CHECK(world.sent.back() == FakeWorld::Sent{5.001, SIGTERM});
    }
    CHECK_FALSE(world.anything_runs());
    CHECK(std::ranges::count(world.ends(), "done") == 0);
}

TEST_CASE("a command's own fault, or one of a task that belongs to its slot, is its end", "[supervisor]") {
    Bench bench(1, 2);
    auto& world = bench.world;
    auto blame = StartBlame::command;
    SECTION("the command's") {}
    SECTION("the place's") {
        blame = StartBlame::place;
    }
    SECTION("the machine's") {
        blame = StartBlame::machine;
    }
    bench.tasks.pinned = true;
    if (bench.kind == SourceKind::stream) blame = StartBlame::command;  // its tasks go anywhere
    world.script = [&](auto, const auto&) { return Script{.refused = blame}; };
    static_cast<void>(bench.run());
    CHECK(world.ends() == Words(2, "start-failed"));
    CHECK(bench.tasks.ends.back().start_failure == "the kernel refuses");
}

TEST_CASE("a journal that cannot be written ends the run, once what runs is stopped", "[supervisor]") {
    Bench bench(2, 4);
    auto& world = bench.world;
    world.script = [](unsigned slot, const auto&) {
        return slot == 0 ? Script{.runs = 2s} : Script{.runs = 100s, .heeds = SIGKILL};
    };
    world.appends_left = 1;  // the first starts
    SECTION("by its grace") {
        CHECK_THROWS_WITH(bench.run(), contains_text("no space left"));
        CHECK(world.sent == std::vector<FakeWorld::Sent>{{2.0, SIGINT}, {7.0, SIGTERM}, {9.0, SIGKILL}});
    }
    SECTION("at once, by a signal") {
        world.signal_at(3s, SIGINT);
        CHECK_THROWS_WITH(bench.run(), contains_text("no space left"));
        CHECK(world.sent.back() == FakeWorld::Sent{3.0, SIGKILL});
    }
    SECTION("nothing was started without its intent") {
        world.appends_left = 0;
        CHECK_THROWS_WITH(bench.run(), contains_text("no space left"));
        CHECK(world.started.empty());
    }
    CHECK_FALSE(world.anything_runs());
}

TEST_CASE("tasks of a rank that leaves come back through the source", "[supervisor]") {
    Bench bench(1, 1);
    auto& world = bench.world;
    bench.tasks.others_leave = 2;
    SECTION("when nothing is left here") {
        static_cast<void>(bench.run());
        CHECK(bench.started() == Words{"task 0", "task 1", "task 2"});
        CHECK(bench.tasks.asked_idle == 3);  // at the start, when one was done, and when all were
    }
    SECTION("not after a stop") {
        world.signal_at(3s, SIGINT);
        static_cast<void>(bench.run());
        CHECK(bench.started() == Words{"task 0"});
    }
}
