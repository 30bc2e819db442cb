#include "plan/placement.h"

#include "base/error.h"
#include "catch.h"
#include "topology/machine_limits.h"

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

TEST_CASE("a control group's memory limit is shared as the nodes are", "[limits]") {
    auto machine = make_machine(1, 2, 4);  // 1 GiB a node
    PlacementRequest request;
    request.per = PlacementRequest::Per::numa;
    const auto sum = [](const Placements& placements) {
        std::uint64_t out = 0;
        for (const auto& placement : placements.list) out += placement.memory_bytes;
        return out;
    };
    machine.limits.memory_bytes = 4ULL << 30U;
    CHECK(sum(choose_placements(machine, request)) == 2ULL << 30U);
    CHECK(summarize(machine).memory_limit_bytes == 0);
    machine.limits.memory_bytes = 600U << 20U;
    auto placements = choose_placements(machine, request);
    CHECK(sum(placements) <= 600U << 20U);
    CHECK(placements.list.at(0).memory_bytes == 300U << 20U);
    CHECK(summarize(machine).memory_bytes == 600U << 20U);
    CHECK(summarize(machine).memory_limit_bytes == 600U << 20U);
    request.instances = 1;
    CHECK(sum(choose_placements(machine, request)) == 600U << 20U);
    for (auto& node : machine.numa_nodes) node.memory_bytes = 0;  // not told
    CHECK(sum(choose_placements(machine, request)) == 600U << 20U);
}

TEST_CASE("where memory policies are refused CPUs alone are bound", "[limits]") {
    auto machine = make_machine(1, 2, 4);
    machine.limits.memory_policy = false;
    PlacementRequest request;
    request.per = PlacementRequest::Per::numa;
    const auto placements = choose_placements(machine, request);
    for (const auto& placement : placements.list) {
        CHECK(placement.mem_policy == MemPolicy::local);
        CHECK_FALSE(placement.mems.empty());  // what the plan hopes for
    }
    CHECK(placements.warnings.size() == 1);
}

TEST_CASE("under a quota no core is kept free: the system has the others", "[limits]") {
    auto machine = make_machine(1, 1, 8);
    machine.limits.cpu_quota = 4.0;
    cut_to_quota(machine);
    PlacementRequest request;
    auto placements = choose_placements(machine, request);
    CHECK(placements.reserved_cpus.empty());
    CHECK(placements.list.size() == 1);
    CHECK(placements.list.front().cpus.str() == "0-3");
    CHECK(summarize(machine).cores == 4);
    request.reserve_cores = 1;  // as asked
    CHECK(choose_placements(machine, request).list.front().cpus.str() == "0-2");
    request.instances = 5;
    CHECK(code_of(machine, request) == ExitCode::usage);
}
