#include "queue/queue_runner.h"

#include "catch.h"
#include "support/fake_world.h"

using namespace hlaunch;
using namespace std::chrono_literals;
using Words = std::vector<std::string>;

namespace {

struct Bench {
    explicit Bench(std::uint64_t tasks) : left(tasks) {}

    QueueResult run() {
        QueueRunner runner(world.clock, world, &world, world.display, world.deadline, rules, nullptr, world);
        runner.on_end([&](const QueueItem& item, Outcome, double) {
            told.push_back(item.number);
            most_held = std::max(most_held, read - told.size());
        });
        return runner.run(std::vector<QueueSlot>(2, {.binding = {}, .memory_bytes = 100}), left, [&](bool idle) {
            if (idle && left == 0) left = std::exchange(others_leave, 0U);
            std::optional<QueueItem> out;
            if (left == 0) return out;
            --left;
            out.emplace();
            out->number = ++read;
            out->key = 0xabc;
            out->spec.argv = {"task"};
            return out;
        });
    }

    FakeWorld world;
    RunRules rules;
    std::uint64_t left, others_leave = 0, read = 0, most_held = 0;
    std::vector<std::uint64_t> told;  // of whose end
};

}  // namespace

TEST_CASE("tasks are read as they are needed, and ends and starts written together", "[queue]") {
    Bench bench(1000);
    bench.world.script = [](auto, const auto&) { return Script{.runs = 100ms}; };
    const auto result = bench.run();
    CHECK(result.done == 1000);
    CHECK(bench.told.size() == 1000);
    CHECK(bench.most_held <= 6);  // two run, four wait
    CHECK(bench.world.batches.size() < 600);
    const auto& first = bench.world.journal.front();
    CHECK(first["event"] == "start");
    CHECK(first["key"] == "0000000000000abc");
    const auto& last = bench.world.journal.back();
    CHECK(last["task"] == 1000);
    CHECK(last["status"] == "exit code 0");
    CHECK(last["seconds"].get<double>() == Approx(0.1));
}

TEST_CASE("failures are told by number, a try that is repeated is none", "[queue]") {
    Bench bench(3);
    bench.rules.retries = Retries::parse("crashed=1");
    bench.world.script = [](auto, const auto&) { return Script{.status = exit_code_1}; };
    const auto result = bench.run();
    CHECK(result.failed == 3);
    CHECK(bench.told.size() == 3);
    REQUIRE(result.failures.size() == 3);
    CHECK(result.failures[0].number == 1);
    CHECK(result.failures[0].text == "exit code 1");
    CHECK(bench.world.ends() == Words{"crashed+", "crashed+", "crashed+", "crashed", "crashed", "crashed"});
}

TEST_CASE("a task that was killed at its slot's memory ran out of it", "[queue]") {
    Bench bench(1);
    bench.world.script = [](auto, const auto&) { return Script{.status = by_sigkill, .peak_bytes = 95}; };
    CHECK(bench.run().failed == 1);
    CHECK(bench.world.ends() == Words{"out-of-memory+", "out-of-memory"});
}

TEST_CASE("a slot is left, and the task done elsewhere", "[queue]") {
    Bench bench(2);
    bench.world.script = [](unsigned slot, const auto&) {
        return slot == 1 ? Script{.refused = StartBlame::place} : Script();
    };
    CHECK(bench.run().done == 2);
    CHECK(bench.world.ends() == Words{"binding-refused+", "done", "done"});
    CHECK_FALSE(bench.world.journal[2].contains("seconds"));
    CHECK(bench.world.display.told("slot 1 takes no more tasks, the others do its work: the kernel refuses"));
}

TEST_CASE("tasks that another rank leaves are done here", "[queue]") {
    Bench bench(1);
    bench.others_leave = 3;
    CHECK(bench.run().done == 4);
}

TEST_CASE("a signal while the last task ends is told", "[queue]") {
    Bench bench(1);
    bench.world.on_append = [&] {
        if (!bench.world.ends().empty()) bench.world.signal(SIGINT);
    };
    const auto result = bench.run();
    CHECK(result.done == 1);
    CHECK(result.interruption.by == SIGINT);
}
