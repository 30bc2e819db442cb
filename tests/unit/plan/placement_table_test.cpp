// Every machine of the table against what a plan per NUMA node must say, and the invariants of
// placement for every machine, every --per and every number of instances.
#include "catch.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "os/host/hwloc_reader.h"
#include "plan/placement.h"

using namespace hlaunch;

namespace {

std::string data(const std::string& name) {
    return HLAUNCH_TEST_DATA "/topologies/" + name;
}

struct Row {
    std::string name;
    std::string topology;
    unsigned numa;                // machine.numa_nodes, and placements per NUMA node
    std::vector<unsigned> cores;  // of these placements; a single entry stands for all
    unsigned packages;
    unsigned l3 = 0;  // placements per L3; 0: not asked
};

const std::vector<Row>& table() {
    static const std::vector<Row> rows{
        {"vm1", "numa:1 core:1 pu:1", 1, {1}, 1},
        {"vm1-nocore", "pu:1", 1, {1}, 1},
        {"pack2-nonuma", "pack:2 core:4 pu:2", 1, {8}, 2},
        {"dual-2x16x2", "pack:2 [numa] core:16 pu:2", 2, {16}, 2},
        {"epyc-nps1-8ccx", "pack:2 [numa] l3:8 core:8 pu:2", 2, {64}, 2, 16},
        {"epyc-nps4-2ccx", "pack:2 group:4 [numa] l3:2 core:8 pu:2", 8, {16}, 2, 16},
        {"epyc-nps4-3ccx", "pack:2 group:4 [numa] l3:3 core:8 pu:2", 8, {24}, 2, 24},
        {"spr-hbm-quad", "pack:2 [numa(memory=274877906944)] [numa(memory=68719476736)] core:56 pu:2", 2, {56}, 2},
        {"spr-hbm-snc4",
         "pack:2 group:4 [numa(memory=68719476736)] [numa(memory=17179869184)] core:14 pu:2",
         8,
         {14},
         2},
        {"cxl-machine", "[numa(memory=549755813888)] pack:2 [numa(memory=137438953472)] core:16 pu:2", 2, {16}, 2},
        {"nodes80", "pack:4 group:20 [numa] core:2 pu:1", 80, {2}, 4},
        {"cpus2560", "pack:4 group:8 [numa] core:40 pu:2", 32, {40}, 4},
        {"cores7", "pack:2 [numa] core:7 pu:1", 2, {7}, 2},
        {"smt4", "pack:2 [numa] core:10 pu:4", 2, {10}, 2},
        {"interleaved", "pack:2 [numa] core:4 pu:2(indexes=2*4:8*2)", 2, {4}, 2},
        {"asymmetric", data("asymmetric.xml"), 2, {8, 2}, 2},
        {"cgroup-cpus", data("cgroup-cpus.xml"), 2, {4, 4}, 2},
        {"cgroup-mem", data("cgroup-mem.xml"), 2, {8, 8}, 2},
        {"cpuless", data("cpuless.xml"), 1, {8}, 1},
        {"knl-snc4-flat", data("knl-snc4-flat-hwloc1.xml"), 4, {18, 18, 16, 16}, 1},
        {"epyc-dual", data("epyc-dual-sock-hwloc1.xml"), 8, {8}, 2},
        {"quartz", data("cts1-quartz-smt1.xml"), 2, {18}, 2},
        {"lassen", data("coral-lassen.xml"), 2, {20}, 2},
        {"offlines", data("16em64t-4s2c2t-offlines.xml"), 1, {6}, 4},
        {"unlike-nodes", data("linux-fakeheterocpunuma.xml"), 3, {3, 3, 6}, 2},
    };
    return rows;
}

PlacementRequest per(PlacementRequest::Per level) {
    PlacementRequest request;
    request.per = level;
    request.reserve_cores = 0;
    return request;
}

// How many localities (cpusets of nodes that contain no other node's) a CPU set touches, worked out
// anew.
std::size_t nodes_touched(const Machine& machine, const IdSet& cpus) {
    std::set<IdSet> touched;
    for (const auto& node : machine.numa_nodes) {
        const bool holds_another =
            std::any_of(machine.numa_nodes.begin(), machine.numa_nodes.end(), [&](const NumaNode& other) {
                return !other.cpus.empty() && other.cpus != node.cpus && node.cpus.includes(other.cpus);
            });
        if (!holds_another && node.cpus.intersects(cpus)) touched.insert(node.cpus);
    }
    return touched.size();
}

void check_invariants(const Machine& machine, const Placements& placements, unsigned numa_nodes) {
    IdSet used = placements.reserved_cpus;
    for (const auto& p : placements.list) {
        REQUIRE(!p.cpus.empty());
        REQUIRE(p.cores > 0);
        REQUIRE(!p.cpus.intersects(used));
        REQUIRE(!p.mems.empty());
        REQUIRE(machine.allowed_mems.includes(p.mems));
        used = used | p.cpus;
        if (placements.list.size() >= numa_nodes) {
            REQUIRE(nodes_touched(machine, p.cpus) <= 1);
            REQUIRE(p.numa_nodes.size() == 1);
        }
        REQUIRE(std::all_of(machine.cores.begin(), machine.cores.end(), [&](const Core& core) {
            return !core.cpus.intersects(p.cpus) ||  // whole cores
                   p.cpus.includes(core.cpus & machine.allowed_cpus);
        }));
    }
    REQUIRE(machine.allowed_cpus.includes(used));
}

IdSet used_cpus(const Placements& placements) {
    IdSet used = placements.reserved_cpus;
    for (const auto& p : placements.list) used = used | p.cpus;
    return used;
}

// Asking for many instances on huge machines takes its time; those counts that matter are kept.
std::vector<unsigned> instance_counts(unsigned cores, unsigned numa_nodes) {
    std::vector<unsigned> counts;
    for (unsigned n = 1; n <= cores; ++n)
        if (cores <= 130 || n <= 2 * numa_nodes + 2 || n % 97 == 0 || n + 3 > cores) counts.push_back(n);
    return counts;
}

}  // namespace

TEST_CASE("a plan per NUMA node says what the table says") {
    for (const auto& row : table()) {
        INFO(row.name);
        const auto machine = read_foreign_machine(row.topology);
        const auto summary = summarize(machine);
        CHECK(machine.foreign);
        CHECK(summary.numa_nodes == row.numa);
        CHECK(summary.packages == row.packages);
        const auto placements = choose_placements(machine, per(PlacementRequest::Per::numa));
        REQUIRE(placements.list.size() == row.numa);
        for (std::size_t i = 0; i < placements.list.size(); ++i)
            CHECK(placements.list[i].cores == row.cores[row.cores.size() == 1 ? 0 : i]);
        CHECK(used_cpus(placements) == machine.allowed_cpus);
        if (row.l3 > 0) CHECK(choose_placements(machine, per(PlacementRequest::Per::l3)).list.size() == row.l3);
    }
}

TEST_CASE("a synthetic topology without a memory size has none, whatever hwloc makes up") {
    for (const auto& node : read_foreign_machine("pack:2 [numa] core:4 pu:2").numa_nodes) CHECK(node.memory_bytes == 0);
    for (const auto& node : read_foreign_machine("pack:2 [numa(memory=68719476736)] core:4 pu:2").numa_nodes)
        CHECK(node.memory_bytes == 68719476736);
}

TEST_CASE("two packages on one node both take their memory from it") {
    const auto machine = read_foreign_machine("pack:2 core:4 pu:2");
    const auto placements = choose_placements(machine, per(PlacementRequest::Per::package));
    REQUIRE(placements.list.size() == 2);
    for (const auto& p : placements.list) CHECK(p.mems == IdSet{0});
}

TEST_CASE("memory is the DRAM beside the CPUs") {
    const auto hbm = read_foreign_machine("pack:2 [numa(memory=274877906944)] [numa(memory=68719476736)] core:56 pu:2");
    auto list = choose_placements(hbm, per(PlacementRequest::Per::numa)).list;
    CHECK(list[0].mems.size() == 1);
    CHECK(list[0].memory_bytes == 274877906944ULL);
    const auto cxl =
        read_foreign_machine("[numa(memory=549755813888)] pack:2 [numa(memory=137438953472)] core:16 pu:2");
    for (const auto& p : choose_placements(cxl, per(PlacementRequest::Per::numa)).list)
        CHECK(p.memory_bytes == 137438953472ULL);
    const auto knl = read_foreign_machine(data("knl-snc4-flat-hwloc1.xml"));
    list = choose_placements(knl, per(PlacementRequest::Per::numa)).list;
    for (unsigned i = 0; i < 4; ++i) CHECK(list[i].mems == IdSet{i});
    const auto elsewhere = read_foreign_machine(data("cgroup-mem.xml"));
    const auto remote = choose_placements(elsewhere, per(PlacementRequest::Per::numa));
    CHECK(remote.list[0].mems == IdSet{1});
    CHECK(remote.list[0].memory_bytes == remote.list[1].memory_bytes);
    REQUIRE(remote.warnings.size() == 1);
    CHECK(remote.warnings[0].find("remote") != std::string::npos);
}

TEST_CASE("partial cores are bound as they are") {
    const auto machine = read_foreign_machine(data("cgroup-cpus.xml"));
    const auto placements = choose_placements(machine, per(PlacementRequest::Per::numa));
    CHECK(placements.list[0].cpus.str() == "0-2,8-11");
    CHECK(placements.list[1].cpus.str() == "16-23");
}

TEST_CASE("invariants hold for every machine and every number of instances") {
    for (const auto& row : table()) {
        const auto machine = read_foreign_machine(row.topology);
        const auto summary = summarize(machine);
        for (const auto n : instance_counts(summary.cores, summary.numa_nodes)) {
            INFO(row.name << ", " << n << " instances");
            auto request = per(PlacementRequest::Per::automatic);
            request.instances = n;
            const auto placements = choose_placements(machine, request);
            REQUIRE(placements.list.size() == n);
            check_invariants(machine, placements, summary.numa_nodes);
            REQUIRE(used_cpus(placements) == machine.allowed_cpus);
            const auto [least, most] =
                std::minmax_element(placements.list.begin(), placements.list.end(),
                                    [](const Placement& a, const Placement& b) { return a.cores < b.cores; });
            if (row.cores.size() == 1 && summary.cores % n == 0 && n % summary.numa_nodes == 0)
                REQUIRE(most->cores == least->cores);
            if (summary.numa_nodes == 1) REQUIRE(most->cores - least->cores <= 1);
            request.reserve_cores.reset();
            check_invariants(machine, choose_placements(machine, request), summary.numa_nodes);
        }
    }
}

TEST_CASE("invariants hold for every level") {
    using Per = PlacementRequest::Per;
    for (const auto& row : table()) {
        const auto machine = read_foreign_machine(row.topology);
        const auto summary = summarize(machine);
        for (const auto level : {Per::automatic, Per::numa, Per::package, Per::l3, Per::machine}) {
            INFO(row.name << ", level " << static_cast<int>(level));
            const auto placements = choose_placements(machine, per(level));
            check_invariants(machine, placements, summary.numa_nodes);
            REQUIRE(used_cpus(placements) == machine.allowed_cpus);
        }
        for (unsigned each = 1; each <= std::min(summary.cores, 80U); ++each) {
            INFO(row.name << ", cores:" << each);
            auto request = per(Per::cores);
            request.cores_each = each;
            const auto placements = choose_placements(machine, request);
            check_invariants(machine, placements, summary.numa_nodes);
            for (const auto& p : placements.list) REQUIRE(p.cores == each);
        }
    }
}
