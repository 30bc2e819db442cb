#include "job/request/placements.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "catch.h"
#include "homodyne/plan/planner.h"
#include "homodyne/plan/task_file.h"
#include "os/host/hwloc_reader.h"

using namespace hlaunch;

namespace {

homodyne::Facts facts_with(unsigned shards) {
    homodyne::Facts facts;
    facts.version = "2.23.3";
    facts.known = true;
    facts.yaml_method = "cmc";
    facts.num_shards = shards;
    facts.points = 10000ULL * shards;
    facts.data_points = facts.points;
    facts.chains = 4;
    for (unsigned i = 0; i < shards; ++i)
        facts.shards.push_back({.points = 10000, .noise_scale = 0.1, .cost = 10000.0});
    return facts;
}

// The one part of a machine of one NUMA node, and what its instance will say of the cores it has.
struct OnePart {
    unsigned cores, workers, told_physical;
};

OnePart plan_on(unsigned cores, std::optional<unsigned> num_workers) {
    JobOptions options;
    const auto machine = read_foreign_machine(fmt::format("pack:1 [numa(memory=549755813888)] core:{} pu:2", cores));
    auto plan = plan_placements(options, machine);
    REQUIRE(plan.placements.size() == 1);
    homodyne::AnalysisRequest request;
    request.num_workers = num_workers;
    const auto facts = facts_with(400);
    const RunFolder folder{"/run"};
    homodyne::plan_analysis(plan, request, facts, folder);
    REQUIRE(plan.parts.size() == 1);
    const auto task =
        homodyne::part_task(plan.parts[0], plan.placements[0], request, facts, folder.part(0), "key", "hl-");
    return {plan.placements[0].cores, plan.parts[0].workers, task.at("placement").at("physical").get<unsigned>()};
}

}  // namespace

TEST_CASE("workers by the guide's formula, a core left free from four cores on") {
    struct Row {
        unsigned cores, placed, workers;
    };
    for (const auto& row :
         {Row{1, 1, 1}, Row{2, 2, 1}, Row{4, 3, 1}, Row{16, 15, 6}, Row{64, 63, 30}, Row{128, 127, 62}}) {
        CAPTURE(row.cores);
        const auto one = plan_on(row.cores, {});
        CHECK(one.cores == row.placed);
        CHECK(one.workers == row.workers);
        CHECK(one.told_physical == row.workers + 1);  // homodyne starts one less than it sees
        CHECK(plan_on(row.cores, 5).workers == 5);
    }
}
