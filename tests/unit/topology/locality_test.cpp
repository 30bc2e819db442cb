#include "topology/locality.h"

#include "catch.h"

using namespace hlaunch;

namespace {

constexpr std::uint64_t gib = 1ULL << 30U;

NumaNode node(unsigned os_index, const char* cpus, std::uint64_t memory, std::string subtype = "") {
    NumaNode out;
    out.os_index = os_index;
    out.cpus = IdSet::parse(cpus);
    out.memory_bytes = memory;
    out.subtype = std::move(subtype);
    return out;
}

Machine with_nodes(std::vector<NumaNode> nodes) {
    Machine machine;
    machine.cpus = IdSet::parse("0-7");
    machine.cpuset_cpus = machine.allowed_cpus = machine.cpus;
    machine.packages = {{0, IdSet::parse("0-3")}, {1, IdSet::parse("4-7")}};
    for (unsigned cpu = 0; cpu < 8; ++cpu) machine.cores.push_back({IdSet{cpu}});
    for (const auto& n : nodes) machine.allowed_mems.insert(n.os_index);
    machine.numa_nodes = std::move(nodes);
    return machine;
}

void forbid(Machine& machine, unsigned os_index) {
    machine.allowed_mems.erase(os_index);
    for (auto& n : machine.numa_nodes)
        if (n.os_index == os_index) n.allowed = false;
}

}  // namespace

TEST_CASE("HBM beside DRAM is one locality, memory over all CPUs none") {
    const auto machine = with_nodes({node(0, "0-3", 64 * gib), node(2, "0-3", 16 * gib, "HBM"),
                                     node(1, "4-7", 64 * gib), node(3, "0-7", 512 * gib, "CXL")});
    const auto localities = find_localities(machine);
    REQUIRE(localities.size() == 2);
    CHECK(localities[0].nodes.size() == 2);
    CHECK(choose_memory(machine, localities[0]).mems == IdSet{0});
    CHECK(choose_memory(machine, localities[1]).mems == IdSet{1});
}

TEST_CASE("only localities with allowed CPUs count, but a union stays a union") {
    auto machine = with_nodes({node(0, "0-3", gib), node(1, "4-7", gib), node(2, "0-7", 9 * gib)});
    machine.allowed_cpus = IdSet::parse("0-1");
    const auto localities = find_localities(machine);
    REQUIRE(localities.size() == 1);
    CHECK(choose_memory(machine, localities[0]).mems == IdSet{0});
}

TEST_CASE("which node is DRAM: by subtype, then by the kernel, then by size") {
    auto pick = [](std::vector<NumaNode> nodes) {
        const auto machine = with_nodes(std::move(nodes));
        return choose_memory(machine, find_localities(machine).front()).mems.str();
    };
    CHECK(pick({node(0, "0-7", 8 * gib, "DRAM"), node(1, "0-7", 64 * gib)}) == "0");
    CHECK(pick({node(0, "0-7", 8 * gib), node(1, "0-7", 64 * gib, "NVM")}) == "0");
    CHECK(pick({node(0, "0-7", 16 * gib), node(1, "0-7", 64 * gib)}) == "1");
    CHECK(pick({node(0, "0-7", gib), node(1, "0-7", gib)}) == "0-1");
    CHECK(pick({node(0, "0-7", gib, "HBM")}) == "0");
    auto far = node(1, "0-7", 64 * gib);
    far.cpuless = true;
    CHECK(pick({node(0, "0-7", 16 * gib), far}) == "0");
}

TEST_CASE("memory that is not allowed: HBM beside it first, else the nearest node") {
    auto machine = with_nodes({node(0, "0-3", 64 * gib), node(2, "0-3", 16 * gib, "HBM"), node(1, "4-7", 64 * gib)});
    const auto here = find_localities(machine).front();
    forbid(machine, 0);
    CHECK(choose_memory(machine, here).mems == IdSet{2});
    CHECK(choose_memory(machine, here).special);
    forbid(machine, 2);
    CHECK(choose_memory(machine, here).mems == IdSet{1});
    CHECK(choose_memory(machine, here).remote);
}

TEST_CASE("the firmware's distances say which node is nearest") {
    auto machine = with_nodes({node(0, "0-1", gib), node(1, "2-3", gib), node(2, "4-5", gib), node(3, "6-7", gib)});
    const auto first = find_localities(machine).front();
    forbid(machine, 0);
    CHECK(choose_memory(machine, first).mems == IdSet{1});
    machine.numa_distances = {10, 30, 30, 20, 30, 10, 20, 30, 30, 20, 10, 30, 20, 30, 30, 10};
    CHECK(choose_memory(machine, first).mems == IdSet{3});
}

TEST_CASE("a node with CPUs but without memory keeps its locality and borrows memory") {
    const auto machine = with_nodes({node(0, "0-3", gib), node(1, "4-7", 0)});
    const auto localities = find_localities(machine);
    REQUIRE(localities.size() == 2);
    CHECK(choose_memory(machine, localities[1]).mems == IdSet{0});
    CHECK(choose_memory(machine, localities[1]).remote);
}

TEST_CASE("memory without CPUs is no locality") {
    const auto machine = with_nodes({node(0, "0-7", gib), node(1, "", 64 * gib)});
    CHECK(find_localities(machine).size() == 1);
}

TEST_CASE("cores without a node join the emptiest locality of their package") {
    const auto machine = with_nodes({node(0, "0-1", gib), node(1, "4-5", gib)});
    const auto localities = find_localities(machine);
    const auto cores = find_usable_cores(machine, localities);
    REQUIRE(cores.size() == 8);
    for (const auto& core : cores) CHECK(core.locality == core.package);
    CHECK(!cores[2].own_memory);
    CHECK(cores[0].own_memory);
}

TEST_CASE("a PU outside every core is a core") {
    auto machine = with_nodes({node(0, "0-7", gib)});
    machine.cores = {{IdSet{0, 1}}, {IdSet{2, 3}}};
    machine.allowed_cpus = IdSet::parse("1-5");
    const auto cores = find_usable_cores(machine, find_localities(machine));
    REQUIRE(cores.size() == 4);
    CHECK(cores[0].cpus == IdSet{1});
    CHECK(cores[1].cpus == IdSet{2, 3});
    CHECK(cores[2].cpus == IdSet{4});
}
