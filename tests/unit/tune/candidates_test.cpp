#include "tune/candidates.h"

#include "base/error.h"
#include "catch.h"
#include "os/host/hwloc_reader.h"

using namespace hlaunch;

namespace {

std::string names(const std::vector<Candidate>& candidates) {
    std::string out;
    for (const auto& candidate : candidates) out += (out.empty() ? "" : " ") + candidate.name;
    return out;
}

PlacementRequest all_cores() {
    PlacementRequest request;
    request.reserve_cores = 0;
    return request;
}

}  // namespace

TEST_CASE("layouts that are the same CPUs are listed once", "[tune]") {
    const auto dual = read_foreign_machine("pack:2 [numa] core:16 pu:2");
    // numa, package and what is in force cut alike; there is no L3.
    CHECK(names(usual_candidates(dual, all_cores(), {})) == "now machine machine/31 package/15 cores:8 cores:8/7");
    CHECK(names(usual_candidates(dual, all_cores(), 5U)) == "now machine cores:8");
    CHECK(names(usual_candidates(read_foreign_machine("pu:1"), all_cores(), {})) == "now");
    const auto chiplets = read_foreign_machine("pack:2 [numa] l3:2 core:4 pu:1");
    const auto found = usual_candidates(chiplets, all_cores(), 3U);
    CHECK(names(found) == "now machine l3");  // cores:4 is l3
    CHECK(found.back().placements.size() == 4);
}

TEST_CASE("named layouts follow what is in force", "[tune]") {
    const auto dual = read_foreign_machine("pack:2 [numa] core:16 pu:2");
    const auto found = named_candidates("numa,machine,numa/12", dual, all_cores(), {});
    CHECK(names(found) == "now machine numa/12");
    CHECK(found[2].workers == 12U);
    CHECK(found[2].per == "numa");
    for (const char* wrong : {"", "machine,", "socket", "numa/", "numa/0", "numa/4097", "numa/x", "numa/99999999999",
                              "cores:0", "cores:999"})
        CHECK_THROWS_AS(named_candidates(wrong, dual, all_cores(), {}), Error);
}

TEST_CASE("a number of instances in force is not carried into other cuts", "[tune]") {
    auto now = all_cores();
    now.instances = 3;
    const auto found = named_candidates("machine", read_foreign_machine("pack:2 [numa] core:16 pu:2"), now, {});
    CHECK(found[0].placements.size() == 3);
    CHECK(found[1].placements.size() == 1);
}
