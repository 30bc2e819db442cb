// The layouts worth a measurement on a machine: cuts that differ, and numbers of workers for each.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plan/placement.h"
#include "topology/machine.h"

namespace hlaunch {

struct Candidate {
    std::string name;  // "numa", "cores:4", "numa/12": cut and, where it is not the usual, workers an instance
    std::string per;   // for run.per; empty: the settings in force
    std::optional<unsigned> workers;  // absent: the settings in force, else cores / 2 - 1
    PlacementRequest request;
    std::vector<Placement> placements;
};

// What is in force comes first, as "now"; then machine, package, numa, l3 and cores:N (half of the smallest NUMA node,
// 2 cores and more), each with as many workers as usual and with cores - 1 unless `workers_fixed`. Of layouts with the
// same CPUs and workers the first stays.
[[nodiscard]] std::vector<Candidate> usual_candidates(const Machine& machine, const PlacementRequest& now,
                                                      std::optional<unsigned> workers_fixed);

// As the user names them, "machine,cores:1,numa/12", after "now". Throws usage Error on a word that is none, on a
// cut the machine does not have, and where nothing is left to compare.
[[nodiscard]] std::vector<Candidate> named_candidates(std::string_view list, const Machine& machine,
                                                      const PlacementRequest& now,
                                                      std::optional<unsigned> workers_fixed);

}  // namespace hlaunch
