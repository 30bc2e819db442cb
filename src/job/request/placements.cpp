#include "job/request/placements.h"

#include "base/error.h"
#include "homodyne/app/mode.h"

namespace hlaunch {

Plan plan_placements(const JobOptions& options, const Machine& machine) {
    auto request = options.placements;
    request.min_numa_cores = homodyne::min_numa_cores(options.analysis.mode);
    if (options.analysis.split == homodyne::Split::none && request.instances.value_or(1) != 1)
        throw usage_error(
            "--hooks off runs homodyne as it is, in one instance; leave --instances out, or give --split replicas "
            "instead of it");
    if (options.analysis.split == homodyne::Split::none && !request.instances) request.instances = 1;
    return plan_of_placements(machine, request);
}

bool is_cut(const PlacementRequest& request) {
    return request.per != PlacementRequest::Per::automatic || request.instances || request.reserve_cores;
}

}  // namespace hlaunch
