#include <fmt/format.h>

#include <algorithm>

#include "plan/placement.h"
#include "topology/locality.h"

namespace hlaunch {

MachineSummary summarize(const Machine& machine) {
    MachineSummary out;
    const auto localities = find_localities(machine);
    const auto packages = std::count_if(machine.packages.begin(), machine.packages.end(), [&](const Package& package) {
        return package.cpus.intersects(machine.allowed_cpus);
    });
    out.packages = std::max(1U, static_cast<unsigned>(packages));
    out.numa_nodes = std::max(1U, static_cast<unsigned>(localities.size()));
    out.cores = static_cast<unsigned>(find_usable_cores(machine, localities).size());
    out.pus = static_cast<unsigned>(machine.allowed_cpus.size());
    out.allowed_cpus = machine.allowed_cpus;
    out.allowed_mems = machine.allowed_mems;
    for (const auto& node : machine.numa_nodes)
        if (node.allowed) out.memory_bytes += node.memory_bytes;
    out.cpu_quota = machine.limits.cpu_quota;
    out.tasks_left = machine.limits.tasks_left;
    if (out.tasks_left) out.tasks_by = fmt::format("{} ({})", machine.limits.tasks_by, machine.limits.tasks);
    const auto limit = machine.limits.memory_bytes;
    if (limit == 0 || (out.memory_bytes > 0 && limit >= out.memory_bytes)) return out;
    out.memory_bytes = out.memory_limit_bytes = limit;
    return out;
}

}  // namespace hlaunch
