#include "tune/ways.h"

#include "base/error.h"
#include "catch.h"
#include "os/host/hwloc_reader.h"

using namespace hlaunch;

TEST_CASE("the list of ways", "[tune]") {
    CHECK(parse_ways("unbound,numactl,hlaunch") == std::vector{Way::unbound, Way::numactl, Way::hlaunch});
    CHECK(parse_ways("hlaunch,unbound") == std::vector{Way::hlaunch, Way::unbound});
    for (const char* list : {"", "hlaunch", "unbound,", "unbound,unbound", "numactl,taskset", "unbound hlaunch"})
        CHECK_THROWS_AS(parse_ways(list), Error);
}

TEST_CASE("each way goes first once in as many rounds as there are ways", "[tune]") {
    CHECK(order_of_round(3, 0) == std::vector<std::size_t>{0, 1, 2});
    CHECK(order_of_round(3, 1) == std::vector<std::size_t>{1, 2, 0});
    CHECK(order_of_round(3, 2) == std::vector<std::size_t>{2, 0, 1});
    CHECK(order_of_round(2, 3) == std::vector<std::size_t>{1, 0});
}

TEST_CASE("one analysis shared out by hand keeps its draws", "[tune]") {
    const auto shared = [](unsigned chains, unsigned draws, unsigned instances) {
        const auto share = share_by_hand(chains, draws, instances);
        return std::vector<unsigned>{share.chains, share.draws};
    };
    CHECK(shared(4, 1000, 1) == std::vector<unsigned>{4, 1000});
    CHECK(shared(4, 1000, 2) == std::vector<unsigned>{2, 1000});
    CHECK(shared(8, 1000, 4) == std::vector<unsigned>{2, 1000});
    CHECK(shared(4, 1000, 4) == std::vector<unsigned>{4, 250});  // one chain alone tells no convergence
    CHECK(shared(2, 1000, 2) == std::vector<unsigned>{2, 500});
    CHECK(shared(4, 1000, 3) == std::vector<unsigned>{4, 334});
    CHECK(shared(3, 1, 8) == std::vector<unsigned>{3, 1});
}

TEST_CASE("the nodes numactl is given", "[tune]") {
    CHECK(nodes_by_hand(read_foreign_machine("pack:2 [numa] core:4 pu:2")).str() == "0-1");
    CHECK(nodes_by_hand(read_foreign_machine("pack:2 numa:2 core:4 pu:2")).str() == "0-3");
    CHECK(nodes_by_hand(Machine{}).str() == "0");
    auto machine = read_foreign_machine("pack:2 [numa] core:4 pu:2");
    machine.numa_nodes[0].allowed = false;
    CHECK(nodes_by_hand(machine).str() == "1");
    machine.numa_nodes[0] = machine.numa_nodes[1];
    machine.numa_nodes[0].os_index = 7;
    machine.numa_nodes[0].subtype = "HBM";
    CHECK(nodes_by_hand(machine).str() == "1");
    machine.allowed_cpus = IdSet::parse("0-7");  // those of the first package only
    CHECK(nodes_by_hand(machine).str() == "0");
}
