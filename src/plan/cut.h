// Cuts the usable cores into the groups that become placements.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "plan/placement_request.h"
#include "topology/locality.h"

namespace hlaunch {

// The machine as placement sees it.
struct Usable {
    std::vector<Locality> localities;
    std::vector<UsableCore> cores;  // logical order, at least one
};
using CoreGroup = std::vector<std::size_t>;  // indices into Usable::cores, ascending, not empty

struct Cut {
    std::vector<CoreGroup> groups;
    CoreGroup rest;  // what cores:N leaves
    std::vector<std::string> reasons;
    std::vector<std::string> warnings;
};

// Before any core is reserved. Throws usage Error when the request cannot be met.
[[nodiscard]] Cut cut_cores(const Machine& machine, const Usable& usable, const PlacementRequest& request);

}  // namespace hlaunch
