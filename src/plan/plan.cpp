#include "plan/plan.h"

#include <utility>

namespace hlaunch {

Plan plan_of_placements(const Machine& machine, const PlacementRequest& request) {
    auto placements = choose_placements(machine, request);
    Plan plan;
    plan.machine = summarize(machine);
    plan.placements = std::move(placements.list);
    plan.reserved_cpus = std::move(placements.reserved_cpus);
    plan.reasons = std::move(placements.reasons);
    plan.warnings = std::move(placements.warnings);
    return plan;
}

}  // namespace hlaunch
