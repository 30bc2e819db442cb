#include "plan/placement.h"

#include "base/error.h"
#include "catch.h"

using namespace hlaunch;

namespace {

// packages x nodes x cores, one PU a core, 1 GiB a node.
Machine make_machine(unsigned packages, unsigned nodes, unsigned cores) {
    Machine machine;
    machine.name = "test";
    unsigned pu = 0;
    for (unsigned p = 0; p < packages; ++p) {
        Package package{p, {}};
        for (unsigned n = 0; n < nodes; ++n) {
            NumaNode node;
            node.os_index = p * nodes + n;
            node.memory_bytes = 1U << 30U;
            for (unsigned c = 0; c < cores; ++c, ++pu) {
                node.cpus.insert(pu);
                machine.cores.push_back({IdSet{pu}});
            }
            package.cpus = package.cpus | node.cpus;
            machine.allowed_mems.insert(node.os_index);
            machine.numa_nodes.push_back(node);
        }
        machine.cpus = machine.cpus | package.cpus;
        machine.packages.push_back(package);
    }
    machine.cpuset_cpus = machine.allowed_cpus = machine.cpus;
    return machine;
}

ExitCode code_of(const Machine& machine, const PlacementRequest& request) {
    try {
        (void)choose_placements(machine, request);
    } catch (const Error& error) {
        return error.code();
    }
    return ExitCode::ok;
}

PlacementRequest parsed(std::string_view per) {
    PlacementRequest request;
    parse_per(per, request);
    return request;
}

}  // namespace

TEST_CASE("the default is the NUMA node, else the package, else the machine") {
    const auto count = [](const Machine& machine, unsigned least) {
        PlacementRequest request;
        request.min_numa_cores = least;
        return choose_placements(machine, request).list.size();
    };
    CHECK(count(make_machine(2, 1, 16), 8) == 2);
    CHECK(count(make_machine(2, 4, 16), 8) == 8);
    CHECK(count(make_machine(2, 4, 6), 8) == 2);
    CHECK(count(make_machine(2, 4, 6), 4) == 8);
    CHECK(count(make_machine(2, 1, 3), 8) == 1);
    CHECK(choose_placements(make_machine(2, 1, 16), {}).reasons.front() ==
          "per numa: 2 NUMA nodes with 16 cores each, at least 8");
}

TEST_CASE("the last core of the largest placement stays free from four cores on") {
    CHECK(choose_placements(make_machine(1, 1, 3), {}).reserved_cpus.empty());
    CHECK(choose_placements(make_machine(1, 1, 4), {}).reserved_cpus.str() == "3");
    const auto dual = choose_placements(make_machine(2, 1, 16), {});
    CHECK(dual.reserved_cpus.str() == "31");
    CHECK(dual.list[0].cores == 16);
    CHECK(dual.list[1].cores == 15);
    auto request = parsed("numa");
    request.reserve_cores = 3;
    const auto three = choose_placements(make_machine(2, 1, 16), request);
    CHECK(three.list[0].cores == 15);
    CHECK(three.list[1].cores == 14);
    request.reserve_cores = 0;
    CHECK(choose_placements(make_machine(2, 1, 16), request).reserved_cpus.empty());
}

TEST_CASE("a reserve never empties a placement that was asked for") {
    PlacementRequest request;
    request.instances = 4;
    const auto all = choose_placements(make_machine(1, 1, 4), request);
    CHECK(all.list.size() == 4);
    CHECK(all.reserved_cpus.empty());
    request.reserve_cores = 1;
    CHECK(code_of(make_machine(1, 1, 4), request) == ExitCode::usage);
    const auto singles = choose_placements(make_machine(1, 1, 4), parsed("cores:1"));
    CHECK(singles.list.size() == 3);
    CHECK(singles.reserved_cpus.str() == "3");
}

TEST_CASE("cores:N leaves a rest, and the reserve comes out of it") {
    const auto placements = choose_placements(make_machine(2, 1, 16), parsed("cores:5"));
    CHECK(placements.list.size() == 6);
    for (const auto& p : placements.list) CHECK(p.cores == 5);
    CHECK(placements.reserved_cpus.size() == 1);
    auto request = parsed("cores:5");
    request.instances = 2;
    const auto two = choose_placements(make_machine(2, 1, 16), request);
    REQUIRE(two.list.size() == 2);
    CHECK(two.list[0].mems.str() == "0");
    CHECK(two.list[1].mems.str() == "1");
    // larger than a node: a placement may cross, but inside the package where that holds it
    const auto wide = choose_placements(make_machine(2, 2, 4), parsed("cores:6"));
    REQUIRE(wide.list.size() == 2);
    CHECK(wide.list[0].cpus.str() == "0-5");
    CHECK(wide.list[1].mems.str() == "2-3");
}

TEST_CASE("memory of a node is divided among the placements on it") {
    PlacementRequest request;
    request.instances = 4;
    request.reserve_cores = 0;
    for (const auto& p : choose_placements(make_machine(2, 1, 16), request).list) CHECK(p.memory_bytes == (1U << 29U));
    request.instances = 1;
    const auto one = choose_placements(make_machine(2, 1, 16), request).list.front();
    CHECK(one.memory_bytes == (1ULL << 31U));
    CHECK(one.mems.str() == "0-1");
    CHECK(one.mem_policy == MemPolicy::bind);
}

TEST_CASE("only allowed CPUs are planned, and none allowed is an infrastructure error") {
    auto machine = make_machine(2, 1, 16);
    machine.allowed_cpus = IdSet{1};
    const auto placements = choose_placements(machine, {});
    REQUIRE(placements.list.size() == 1);
    CHECK(placements.list[0].cpus == IdSet{1});
    CHECK(placements.list[0].mems == IdSet{0});
    machine.allowed_cpus = {};
    CHECK(code_of(machine, {}) == ExitCode::infrastructure);
}

TEST_CASE("a machine without NUMA objects takes the kernel's local memory") {
    auto machine = make_machine(1, 1, 8);
    machine.numa_nodes.clear();
    machine.allowed_mems = {};
    const auto placements = choose_placements(machine, {});
    REQUIRE(placements.list.size() == 1);
    CHECK(placements.list[0].mem_policy == MemPolicy::local);
    CHECK(placements.list[0].mems.empty());
    CHECK(summarize(machine).numa_nodes == 1);
}

TEST_CASE("requests that cannot be met are usage errors") {
    const auto machine = make_machine(2, 1, 4);
    PlacementRequest request;
    for (const unsigned n : {0U, 9U, 100000U}) {
        request.instances = n;
        CHECK(code_of(machine, request) == ExitCode::usage);
    }
    request.instances.reset();
    request.reserve_cores = 8;
    CHECK(code_of(machine, request) == ExitCode::usage);
    CHECK(code_of(machine, parsed("cores:9")) == ExitCode::usage);
    for (const char* bad : {"", "cores", "cores:", "cores:0", "cores:-1", "cores:1x", "cores:99999999999", "socket"}) {
        INFO(bad);
        CHECK_THROWS_AS(parsed(bad), Error);
    }
}
