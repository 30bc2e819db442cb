#include "homodyne/plan/idle.h"

#include "catch.h"

using namespace hlaunch;
using namespace hlaunch::homodyne;

namespace {

// Two packages of 32 cores with two PUs each.
std::vector<Placement> two_of(unsigned cores, unsigned pus) {
    std::vector<Placement> out(2);
    for (unsigned i = 0; i < 2; ++i) {
        out[i].index = i;
        out[i].cores = cores;
        out[i].cpus.insert_range(i * pus, (i + 1) * pus - 1);
    }
    return out;
}

Facts facts_of(unsigned shards, std::uint64_t points, unsigned chains = 2) {
    Facts out;
    out.known = true;
    out.yaml_method = "cmc";
    out.num_shards = shards;
    out.points = points;
    out.min_points_per_shard = 1000;
    out.chains = chains;
    return out;
}

std::string idle(const std::vector<Placement>& placements, unsigned nodes, const Facts& facts,
                 const AnalysisRequest& request = {}) {
    return idle_warning(placements, nodes, request, facts).value_or("");
}

}  // namespace

TEST_CASE("two shards on a large machine: how many PUs compute, and the number of shards that fills them") {
    const auto large = two_of(32, 64);
    CHECK(idle(large, 1, facts_of(2, 600000)) ==
          "only 4 of 128 PUs compute: homodyne cuts 2 shards, of 2 chains; optimization.cmc.sharding.num_shards: 30 in "
          "the YAML fills them (shards of 20000 points)");
    auto followed = facts_of(30, 600000);
    followed.num_shards_by_user = true;
    CHECK(idle(large, 1, followed).empty());
    CHECK(idle(large, 1, facts_of(2, 5000)) ==
          "only 4 of 128 PUs compute: homodyne cuts 2 shards, of 2 chains; optimization.cmc.sharding.num_shards: 5 in "
          "the YAML fills as many as there are points for (shards of 1000 points)");
    CHECK(idle(large, 1, facts_of(2, 2500)) ==
          "only 4 of 128 PUs compute: 2500 points make no more shards of at least 1000, of 2 chains; a smaller machine "
          "does as much");
}

TEST_CASE("four nodes for two shards: fewer do as much") {
    const auto large = two_of(32, 64);
    auto facts = facts_of(2, 2500);
    CHECK(idle(large, 4, facts) ==
          "only 2 of 8 placements are used, and 4 of 512 PUs compute on 4 nodes: 2500 points make no more shards of at "
          "least 1000, of 2 chains; 1 node does as much");
    CHECK(idle(large, 1, facts).find("placements are used") == std::string::npos);
    facts = facts_of(2, 600000);
    facts.num_shards_by_user = true;
    CHECK(idle(large, 4, facts) ==
          "only 2 of 8 placements are used, and 4 of 512 PUs compute on 4 nodes: the YAML asks for 2 shards, of 2 "
          "chains; "
          "optimization.cmc.sharding.num_shards: 120 in the YAML fills them (shards of 5000 points), or 1 node does as "
          "much");
    CHECK(idle_nodes_warning(4, {}, facts) ==
          "only 2 of 4 nodes compute: the YAML asks for 2 shards; optimization.cmc.sharding.num_shards: 4 in the YAML "
          "fills them (shards of 150000 points), or 2 nodes do as much");
    CHECK_FALSE(idle_nodes_warning(2, {}, facts));
    CHECK_FALSE(idle_nodes_warning(1, {}, facts));
}

TEST_CASE("few workers: their number is the remedy, and following it helps") {
    const auto large = two_of(32, 64);
    AnalysisRequest request;
    request.num_workers = 1;
    CHECK(idle(large, 1, facts_of(40, 600000), request) ==
          "only 4 of 128 PUs compute: 2 workers in all, of 2 chains; --num-workers 15 fills them");
    request.num_workers = 15;
    CHECK(idle(large, 1, facts_of(40, 600000), request).empty());
}

TEST_CASE("nothing is said where the guide's workers compute, of small machines, and of whole runs") {
    CHECK(idle(two_of(32, 64), 1, facts_of(16, 600000)).empty());  // more than half
    CHECK(idle(two_of(2, 2), 1, facts_of(2, 40000)).empty());
    CHECK(idle(two_of(16, 32), 4, facts_of(200, 4000000)).empty());
    AnalysisRequest request;
    request.split = Split::replicas;
    CHECK(idle(two_of(32, 64), 1, facts_of(1, 600000), request).empty());
}

TEST_CASE("NLSQ alone runs on one node") {
    AnalysisRequest request;
    request.mode = Mode::nlsq;
    CHECK(idle(two_of(32, 64), 1, facts_of(0, 600000), request).empty());
    CHECK(idle(two_of(32, 64), 4, facts_of(0, 600000), request) ==
          "NLSQ alone is one instance on one of 4 nodes; 1 node does as much, or --mode cmc, which samples, too");
}
