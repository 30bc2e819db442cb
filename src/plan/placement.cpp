#include "plan/placement.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "base/error.h"
#include "plan/cut.h"
#include "topology/machine_limits.h"

namespace hlaunch {
namespace {

constexpr std::size_t reserve_from_cores = 4;  // with fewer, a core is worth more to the work

// Takes cores from what cores:N leaves, then the last core of the largest group, again and again.
CoreGroup reserve(const Machine& machine, const PlacementRequest& request, std::size_t cores, Cut& cut) {
    const bool asked = request.reserve_cores.has_value();
    const bool others = !machine.unpaid_cpus.empty();
    auto wanted = std::size_t{request.reserve_cores.value_or(cores >= reserve_from_cores && !others ? 1 : 0)};
    if (wanted >= cores && asked)
        throw usage_error("--reserve-cores {}: only {} cores are allowed; leave at least one to work", wanted, cores);
    const auto spare = cores - (request.instances ? cut.groups.size() : std::size_t{1});
    if (wanted > spare && asked)
        throw usage_error("--reserve-cores {}: {} instances on {} cores leave {} to spare", wanted, cut.groups.size(),
                          cores, spare);
    if (wanted > spare) {
        cut.reasons.emplace_back("no core kept free: each instance asked for needs one");
        return {};
    }
    if (wanted == 0) {
        if (!asked && others)
            cut.reasons.emplace_back("no core kept free: the system has those that the quota leaves");
        else if (!asked)
            cut.reasons.push_back(fmt::format("no core kept free: fewer than {} are allowed", reserve_from_cores));
        return {};
    }
    CoreGroup reserved;
    while (reserved.size() < wanted) {
        auto* from = &cut.rest;
        if (cut.rest.empty()) {
            auto largest = cut.groups.begin();
            for (auto group = cut.groups.begin(); group != cut.groups.end(); ++group)
                if (group->size() >= largest->size()) largest = group;
            if (largest->size() == 1) {
                reserved.push_back(largest->front());
                cut.groups.erase(largest);
                continue;
            }
            from = &*largest;
        }
        reserved.push_back(from->back());
        from->pop_back();
    }
    return reserved;
}

std::set<std::size_t> localities_of(const Usable& usable, const CoreGroup& group) {
    std::set<std::size_t> out;
    for (const auto c : group)
        if (usable.cores[c].locality < usable.localities.size()) out.insert(usable.cores[c].locality);
    return out;
}

Placement to_placement(const Machine& machine, const Usable& usable, const CoreGroup& group) {
    Placement placement;
    placement.cores = static_cast<unsigned>(group.size());
    std::set<std::size_t> packages;
    for (const auto c : group) {
        const auto& core = usable.cores[c];
        for (const auto pu : core.cpus) placement.cpus.insert(pu);
        if (core.package < machine.packages.size()) packages.insert(core.package);
    }
    for (const auto p : packages) placement.packages.push_back(machine.packages[p].os_index);
    for (const auto l : localities_of(usable, group))
        placement.numa_nodes.push_back(machine.numa_nodes[usable.localities[l].dram.front()].os_index);
    return placement;
}

// Local memory where there is any, else the nearest other node. Gathers who has to be warned.
struct MemoryWarnings {
    std::map<IdSet, IdSet> remote;   // memory nodes -> NUMA nodes that use them from afar
    std::map<IdSet, IdSet> special;  // likewise, HBM or the like beside a forbidden DRAM node
};
IdSet choose_mems(const Machine& machine, const Usable& usable, const CoreGroup& group, MemoryWarnings& warnings) {
    IdSet local;
    IdSet remote;
    IdSet without;
    for (const auto l : localities_of(usable, group)) {
        const auto& locality = usable.localities[l];
        const auto node = machine.numa_nodes[locality.dram.front()].os_index;
        const auto choice = choose_memory(machine, locality);
        if (choice.special) warnings.special[choice.mems].insert(node);
        if (!choice.remote) {
            local = local | choice.mems;
        } else {
            if (remote.empty()) remote = choice.mems;
            without.insert(node);
        }
    }
    const auto& mems = local.empty() ? remote : local;
    for (const auto node : without) warnings.remote[mems].insert(node);
    return mems;
}

// A control group's limit is for all together: each has the part of it that it has of the nodes.
void share_limit(std::uint64_t limit, std::vector<Placement>& placements) {
    if (limit == 0) return;
    std::uint64_t sum = 0;
    for (const auto& placement : placements) sum += placement.memory_bytes;
    for (auto& placement : placements) {
        if (sum == 0)
            placement.memory_bytes = limit / placements.size();
        else if (sum > limit)
            placement.memory_bytes = static_cast<std::uint64_t>(
                static_cast<double>(limit) * (static_cast<double>(placement.memory_bytes) / static_cast<double>(sum)));
    }
}

void share_memory(const Machine& machine, std::vector<Placement>& placements) {
    for (const auto& node : machine.numa_nodes) {
        const auto uses = [&](const Placement& p) { return p.mems.contains(node.os_index); };
        const auto users = std::count_if(placements.begin(), placements.end(), uses);
        for (auto& placement : placements)
            if (uses(placement)) placement.memory_bytes += node.memory_bytes / static_cast<std::uint64_t>(users);
    }
    share_limit(machine.limits.memory_bytes, placements);
}

void add_warnings(const Usable& usable, const MemoryWarnings& found, Placements& out) {
    for (const auto& [mems, nodes] : found.remote)
        out.warnings.push_back(
            fmt::format("NUMA node {} has no memory this process may use: its CPUs use node {}, "
                        "remote and slower",
                        nodes.str(), mems.str()));
    for (const auto& [mems, nodes] : found.special)
        out.warnings.push_back(fmt::format("the DRAM of NUMA node {} is not allowed: its CPUs use node {} beside it",
                                           nodes.str(), mems.str()));
    IdSet orphans;
    for (const auto& core : usable.cores)
        if (!core.own_memory)
            for (const auto pu : core.cpus) orphans.insert(pu);
    if (!orphans.empty())
        out.warnings.push_back(
            fmt::format("CPUs {} belong to no NUMA node: they joined a neighbouring one", orphans.str()));
}

}  // namespace

unsigned cores_of(const std::vector<Placement>& placements) {
    return std::accumulate(placements.begin(), placements.end(), 0U,
                           [](unsigned sum, const Placement& placement) { return sum + placement.cores; });
}

Placements choose_placements(const Machine& machine, const PlacementRequest& request) {
    Usable usable;
    usable.localities = find_localities(machine);
    usable.cores = find_usable_cores(machine, usable.localities);
    if (usable.cores.empty())
        throw infrastructure_error(
            "no CPU of {} is allowed to this process; check its cpuset and affinity (taskset -p "
            "$$)",
            machine.name);
    auto cut = cut_cores(machine, usable, request);
    const auto reserved = reserve(machine, request, usable.cores.size(), cut);

    Placements out;
    for (const auto c : reserved)
        for (const auto pu : usable.cores[c].cpus) out.reserved_cpus.insert(pu);
    MemoryWarnings memory;
    for (const auto& group : cut.groups) {
        auto placement = to_placement(machine, usable, group);
        placement.index = static_cast<unsigned>(out.list.size());
        placement.mems = choose_mems(machine, usable, group, memory);
        if (placement.mems.empty() || !machine.limits.memory_policy) placement.mem_policy = MemPolicy::local;
        out.list.push_back(std::move(placement));
    }
    share_memory(machine, out.list);
    out.reasons = limit_reasons(machine);
    out.reasons.insert(out.reasons.end(), cut.reasons.begin(), cut.reasons.end());
    if (!out.reserved_cpus.empty())
        out.reasons.push_back(fmt::format("CPUs {} stay free for the system{}", out.reserved_cpus.str(),
                                          request.reserve_cores ? ", as asked" : ""));
    out.warnings = limit_warnings(machine);
    out.warnings.insert(out.warnings.end(), cut.warnings.begin(), cut.warnings.end());
    add_warnings(usable, memory, out);
    if (machine.allowed_mems.empty() || out.list.front().mems.empty())
        out.warnings.emplace_back("no memory node is known: memory is not bound, the kernel takes the local one");
    return out;
}

}  // namespace hlaunch
