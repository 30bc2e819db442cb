#include "run/stage/stage_runner.h"

#include "catch.h"
#include "support/fake_world.h"

using namespace hlaunch;
using namespace std::chrono_literals;
using Words = std::vector<std::string>;

namespace {

StageInstance stage_instance(unsigned part, unsigned placement) {
    StageInstance out;
    out.part = part;
    out.placement = placement;
    out.label = "part " + std::to_string(part);
    out.spec.argv = {out.label};
    return out;
}

StageResult run_stage(FakeWorld& world, std::vector<StageInstance> instances, std::vector<Binding> slots = {}) {
    StageRunner runner(world.clock, world, &world, world.display, world.deadline, {}, nullptr, world);
    return runner.run("cmc", std::move(instances), std::move(slots));
}

}  // namespace

TEST_CASE("instances of a placement run one after the other, and the journal tells of each", "[stage]") {
    FakeWorld world;
    const auto result = run_stage(world, {stage_instance(4, 1), stage_instance(5, 0), stage_instance(6, 1)});
    CHECK(result.all_ok());
    REQUIRE(world.started.size() == 3);
    CHECK(world.started[2].name == "part 6");
    CHECK(world.started[2].at_s == Approx(10.0));
    REQUIRE(result.instances.size() == 3);
    CHECK(result.instances[0].part == 5);  // in the order of slots, where both end at once
    CHECK(result.instances[2].seconds == Approx(9.999));
    const auto& first = world.journal.front();
    CHECK(first["event"] == "start");
    CHECK(first["stage"] == "cmc");
    CHECK(first["attempt"] == 1);
    const auto& last = world.journal.back();
    CHECK(last["part"] == 6);
    CHECK(last["status"] == "exit code 0");
    CHECK(last["cost"] == 1.0);
}

TEST_CASE("the application judges an end, and says how it is tried again", "[stage]") {
    FakeWorld world;
    auto one = stage_instance(0, 0);
    one.judge = [](Outcome outcome, const ExitStatus& status) -> std::optional<Outcome> {
        return status.code == 2 ? Outcome::lost : outcome;
    };
    one.again = [](Outcome outcome) {
        CHECK(outcome == Outcome::out_of_memory);
        return stage_instance(1, 0);
    };
    world.script = [](auto, const TreeSpec& tree) {
        return Script{.status = {.signalled = false, .code = tree.child.argv.front() == "part 0" ? 2 : 0}};
    };
    // A worker of it was killed by the kernel, and its root went on for a while.
    world.at(3s, [&] { world.memory_kills = 1; });
    const auto result = run_stage(world, {one});
    CHECK(world.ends() == Words{"out-of-memory+", "done"});
    CHECK(world.display.told("part 0: out-of-memory; tried again"));
    REQUIRE(result.instances.size() == 1);
    CHECK(result.instances[0].attempts == 2);
}

TEST_CASE("what goes anywhere is fitted to the placement that takes it, and leaves one that is gone", "[stage]") {
    FakeWorld world;
    std::vector<StageInstance> scans;
    for (unsigned part = 0; part < 3; ++part) {
        scans.push_back(stage_instance(part, 0));
        scans.back().anywhere = true;
        scans.back().place = [](StageInstance& placed, unsigned slot) { placed.label += "@" + std::to_string(slot); };
    }
    world.script = [](unsigned slot, const TreeSpec& tree) {
        CHECK(tree.child.binding->cpus == IdSet{slot});
        return slot == 1 ? Script{.refused = StartBlame::place} : Script();
    };
    const auto result = run_stage(
        world, scans, {{.cpus = IdSet{0}, .mems = {}, .policy = {}}, {.cpus = IdSet{1}, .mems = {}, .policy = {}}});
    CHECK(result.all_ok());
    CHECK(world.ends() == Words{"binding-refused+", "done", "done", "done"});
    CHECK(world.journal[2]["failure"] == "the kernel refuses");
    CHECK(world.display.told("placement 1 takes no more work, the others do it: the kernel refuses"));
}

TEST_CASE("a stop leaves the rest of the instances for the next start", "[stage]") {
    FakeWorld world;
    world.signal_at(1s, SIGHUP);
    const auto result = run_stage(world, {stage_instance(0, 0), stage_instance(1, 0)});
    CHECK_FALSE(result.all_ok());
    CHECK(result.interruption.by == SIGHUP);
    REQUIRE(result.instances.size() == 1);
    CHECK(result.instances[0].outcome == Outcome::stopped);
}
