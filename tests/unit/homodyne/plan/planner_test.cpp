#include "homodyne/plan/planner.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "catch.h"

using namespace hlaunch;
using namespace hlaunch::homodyne;

namespace {

Plan two_placements(std::uint64_t memory_bytes) {
    Plan plan;
    plan.machine.memory_bytes = 2 * memory_bytes;
    for (unsigned i = 0; i < 2; ++i) {
        Placement placement;
        placement.index = i;
        placement.cpus.insert_range(16 * i, 16 * i + 15);
        placement.mems.insert(i);
        placement.cores = 16;
        placement.memory_bytes = memory_bytes;
        plan.placements.push_back(placement);
    }
    return plan;
}

Facts facts_with(unsigned shards, unsigned chains = 2) {
    Facts facts;
    facts.version = "2.23.3";
    facts.known = true;
    facts.yaml_method = "cmc";
    facts.num_shards = shards;
    facts.points = 10000ULL * shards;
    facts.data_points = facts.points;
    facts.chains = chains;
    for (unsigned i = 0; i < shards; ++i)
        facts.shards.push_back({.points = 10000, .noise_scale = 0.1, .cost = 10000.0 + i});
    return facts;
}

AnalysisRequest request_of(Mode mode, Split split = Split::shards) {
    AnalysisRequest out;
    out.mode = mode;
    out.split = split;
    return out;
}

const RunFolder folder{"/run"};
constexpr std::uint64_t gib = 1ULL << 30U;

std::set<unsigned> all_shards(const Plan& plan) {
    std::set<unsigned> out;
    for (const auto& part : plan.parts)
        for (const auto shard : part.shards) REQUIRE(out.insert(shard).second);
    return out;
}

}  // namespace

TEST_CASE("all shards of one run, nlsq first") {
    auto plan = two_placements(256 * gib);
    plan_analysis(plan, request_of(Mode::cmc_hpc), facts_with(40), folder);
    REQUIRE(plan.stages.size() == 2);
    CHECK(plan.stages[0].name == "nlsq");
    CHECK(plan.stages[1].instances.size() == 2);
    CHECK(all_shards(plan).size() == 40);
    CHECK(plan.parts[0].workers == 7);
    const auto& argv = plan.stages[1].instances[1].argv;
    CHECK(std::find(argv.begin(), argv.end(), "/run/nlsq/out") != argv.end());
    CHECK(std::find(argv.begin(), argv.end(), "--cmc-num-shards") == argv.end());
    CHECK(plan.placements[0].mem_policy == MemPolicy::bind);
}

TEST_CASE("captured shards are not planned again") {
    auto plan = two_placements(256 * gib);
    auto request = request_of(Mode::cmc);
    request.captured = {0, 3};
    plan_analysis(plan, request, facts_with(4), folder);
    CHECK(all_shards(plan) == std::set<unsigned>{1, 2});
    auto done = two_placements(256 * gib);
    request.captured = {0, 1, 2, 3};
    plan_analysis(done, request, facts_with(4), folder);
    CHECK(done.stages.back().instances.empty());
}

TEST_CASE("fewer shards than placements: fewer are used, and the plan says so") {
    auto plan = two_placements(256 * gib);
    plan_analysis(plan, request_of(Mode::cmc), facts_with(1), folder);
    CHECK(plan.parts.size() == 1);
    CHECK(plan.warnings.size() == 1);
}

TEST_CASE("a forecast above the placement's memory makes the policy soft, and is said") {
    auto plan = two_placements(4 * gib);
    plan_analysis(plan, request_of(Mode::cmc_hpc), facts_with(40), folder);
    CHECK(plan.placements[0].mem_policy == MemPolicy::preferred_many);
    CHECK(plan.warnings.size() == 2);
}

TEST_CASE("more workers x chains than PUs take turns, and it is said once for placements that are alike") {
    auto plan = two_placements(256 * gib);
    plan_analysis(plan, request_of(Mode::cmc_hpc), facts_with(40, 4), folder);
    CHECK(plan.parts[0].workers == 7);  // the guide's number stays
    CHECK(plan.warnings == std::vector<std::string>{
                               "placements 0-1: 7 workers x 4 chains on 16 PUs: they take turns; --num-workers 4 or "
                               "a larger placement runs them at once"});
    auto fits = two_placements(256 * gib);
    auto request = request_of(Mode::cmc_hpc);
    request.num_workers = 4;
    plan_analysis(fits, request, facts_with(40, 4), folder);
    CHECK(fits.warnings.empty());
    auto small = two_placements(256 * gib);
    small.placements[0].cpus = {0};
    small.placements[0].cores = 1;
    plan_analysis(small, request_of(Mode::cmc), facts_with(40), folder);
    CHECK(small.warnings ==
          std::vector<std::string>{"placement 0: 1 worker x 2 chains on 1 PU: they take turns; a larger "
                                   "placement runs them at once"});
}

TEST_CASE("one nlsq analysis too large for a node gets the machine, interleaved") {
    auto plan = two_placements(8 * gib);
    auto facts = facts_with(2);
    facts.nlsq_memory_bytes = 10 * gib;
    plan_analysis(plan, request_of(Mode::nlsq), facts, folder);
    REQUIRE(plan.whole_machine);
    CHECK(plan.whole_machine->mem_policy == MemPolicy::interleave);
    CHECK(plan.whole_machine->cpus.str() == "0-31");
    CHECK(plan.stages.front().instances.front().on_whole_machine);
    CHECK(plan.parts.empty());
}

TEST_CASE("NLSQ that homodyne would do out of core gets the machine, or is refused with the figures") {
    // 40 million points x 9 parameters x 8 bytes x 6.5: 17.4 GiB; homodyne takes at most .75 of what it sees.
    auto facts = facts_with(2);
    facts.data_points = 40'000'000;
    facts.nlsq_parameters = 9;
    facts.nlsq_memory_bytes = 1 * gib;  // the forecast of the process alone would fit
    auto fits = two_placements(24 * gib);
    plan_analysis(fits, request_of(Mode::nlsq), facts, folder);
    CHECK(!fits.whole_machine);
    auto together = two_placements(16 * gib);
    plan_analysis(together, request_of(Mode::nlsq), facts, folder);
    REQUIRE(together.whole_machine);
    CHECK(together.whole_machine->memory_bytes == 32 * gib);
    CHECK(together.whole_machine->mem_policy == MemPolicy::interleave);
    CHECK(together.reasons.front().find("17.4 GiB of Jacobian") != std::string::npos);
    auto small = two_placements(8 * gib);
    CHECK_THROWS_WITH(plan_analysis(small, request_of(Mode::nlsq), facts, folder),
                      contains_text("needs 17.4 GiB at its peak, more than the 12.0 GiB") &&
                          contains_text("out_of_core") && contains_text("a machine with 24 GiB"));
    auto given = request_of(Mode::cmc);
    given.nlsq_result = "/a/fit";
    plan_analysis(small, given, facts, folder);  // the remedy that the refusal names
    CHECK(small.stages.front().name == "cmc");
}

TEST_CASE("a repaired stratification is told with NLSQ, and not where a fit is given") {
    auto facts = facts_with(2);
    facts.data_points = 237606;
    facts.stratification_set = false;
    auto plan = two_placements(256 * gib);
    plan_analysis(plan, request_of(Mode::nlsq), facts, folder);
    const auto told = describe_stratification(facts);
    CHECK(told.find("set to false") != std::string::npos);
    CHECK(told.find("237606 points") != std::string::npos);
    CHECK(std::ranges::count(plan.reasons, told) == 1);
    auto given = request_of(Mode::cmc);
    given.nlsq_result = "/a/fit";
    auto other = two_placements(256 * gib);
    plan_analysis(other, given, facts, folder);
    CHECK(std::ranges::count(other.reasons, told) == 0);
}

TEST_CASE("an unknown version is not split") {
    auto plan = two_placements(256 * gib);
    Facts facts;
    facts.version = "9.9";
    facts.yaml_method = "cmc";
    CHECK_THROWS_AS(plan_analysis(plan, request_of(Mode::cmc), facts, folder), Error);
    plan_analysis(plan, request_of(Mode::cmc, Split::replicas), facts, folder);
    CHECK(plan.parts.size() == 2);
    CHECK(plan.parts[1].kind == "replica");
}

TEST_CASE("the user's worker count is obeyed, command line before YAML") {
    auto plan = two_placements(256 * gib);
    auto facts = facts_with(40);
    facts.num_workers = 3;
    CHECK(planned_workers(plan.placements[0], {}, facts) == 3);
    AnalysisRequest asked;
    asked.num_workers = 5;
    CHECK(planned_workers(plan.placements[0], asked, facts) == 5);
    CHECK(planned_workers(plan.placements[0], {}, facts_with(40)) == 7);
}

TEST_CASE("a forecast above the share of a control group's limit: nothing to spill to, and it is said") {
    auto plan = two_placements(4 * gib);
    plan.machine.memory_limit_bytes = 8 * gib;
    plan_analysis(plan, request_of(Mode::cmc_hpc), facts_with(40), folder);
    CHECK(plan.placements[0].mem_policy == MemPolicy::bind);
    const auto told = [&](std::string_view text) {
        return std::count_if(plan.warnings.begin(), plan.warnings.end(),
                             [&](const auto& line) { return line.find(text) != std::string::npos; });
    };
    CHECK(told("is more than its share 4.0 GiB of the memory limit 8.0 GiB: the kernel kills") == 2);
    CHECK(told("may spill") == 0);
}

TEST_CASE("where memory policies are refused none is chosen") {
    auto plan = two_placements(4 * gib);
    for (auto& placement : plan.placements) placement.mem_policy = MemPolicy::local;
    CHECK(whole_machine(plan).mem_policy == MemPolicy::local);
    plan_analysis(plan, request_of(Mode::cmc_hpc), facts_with(40), folder);
    for (const auto& placement : plan.placements) CHECK(placement.mem_policy == MemPolicy::local);
}

TEST_CASE("processes and threads of a plan against their limit") {
    const auto planned = [](std::uint64_t left) {
        auto plan = two_placements(256 * gib);
        plan.machine.tasks_left = left;
        plan.machine.tasks_by = "pids.max of /job (512)";
        plan_analysis(plan, request_of(Mode::cmc_hpc), facts_with(40), folder);
        return plan.warnings.size();
    };
    const auto without = planned(100000);
    CHECK(planned(250) == without + 1);
    CHECK_THROWS_AS(planned(50), Error);
}
