#include "topology/locality.h"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>

namespace hlaunch {
namespace {

bool is_union_of_others(const IdSet& cpus, const std::map<IdSet, std::vector<std::size_t>>& sets) {
    IdSet inside;
    for (const auto& [other, nodes] : sets)
        if (other != cpus && cpus.includes(other)) inside = inside | other;
    return inside == cpus;
}

bool says_dram(const NumaNode& node) {
    return node.subtype == "DRAM";
}

// Which of the nodes of one locality are DRAM. hwloc's subtype is the best witness, then the kernel
// (memory beside the node that owns the CPUs came later: HBM, CXL, persistent memory). Where
// neither speaks, as in a synthetic topology, the largest is taken: every HBM machine sold so far
// has several times more DRAM than HBM. Nodes that nothing tells apart count alike.
std::vector<std::size_t> dram_of(const Machine& machine, const std::vector<std::size_t>& nodes) {
    const auto keep = [&](std::vector<std::size_t> from, auto wanted) {
        std::vector<std::size_t> out;
        for (const auto i : from)
            if (wanted(machine.numa_nodes[i])) out.push_back(i);
        return out.empty() ? from : out;
    };
    const bool named =
        std::any_of(nodes.begin(), nodes.end(), [&](std::size_t i) { return says_dram(machine.numa_nodes[i]); });
    if (named) return keep(nodes, says_dram);
    auto left = keep(nodes, [](const NumaNode& node) { return node.subtype.empty(); });
    left = keep(left, [](const NumaNode& node) { return !node.cpuless; });
    std::uint64_t largest = 0;
    for (const auto i : left) largest = std::max(largest, machine.numa_nodes[i].memory_bytes);
    return keep(left, [=](const NumaNode& node) { return node.memory_bytes == largest; });
}

// Where the topology tells no sizes at all, every node is taken to have memory.
bool sizes_known(const Machine& machine) {
    return std::any_of(machine.numa_nodes.begin(), machine.numa_nodes.end(),
                       [](const NumaNode& node) { return node.memory_bytes > 0; });
}

std::size_t package_of(const Machine& machine, const IdSet& cpus) {
    for (std::size_t p = 0; p < machine.packages.size(); ++p)
        if (machine.packages[p].cpus.intersects(cpus)) return p;
    return machine.packages.size();
}

// Cores without a node of their own join the emptiest locality of their package. They arrive with
// an index that is no locality's.
void adopt_cores_without_node(const Machine& machine, const std::vector<Locality>& localities,
                              std::vector<UsableCore>& cores) {
    std::vector<std::size_t> members(localities.size(), 0);
    std::vector<std::size_t> packages;
    for (const auto& locality : localities) packages.push_back(package_of(machine, locality.cpus));
    for (const auto& core : cores)
        if (core.locality < localities.size()) ++members[core.locality];
    for (auto& core : cores) {
        if (core.locality < localities.size()) continue;
        core.own_memory = localities.empty();
        core.locality = 0;
        auto best = std::tuple{true, std::numeric_limits<std::size_t>::max()};
        for (std::size_t l = 0; l < localities.size(); ++l)
            if (const auto rank = std::tuple{packages[l] != core.package, members[l]}; rank < best) {
                best = rank;
                core.locality = l;
            }
        if (!localities.empty()) ++members[core.locality];
    }
}

unsigned distance(const Machine& machine, std::size_t from, std::size_t to) {
    const auto n = machine.numa_nodes.size();
    return machine.numa_distances.size() == n * n ? machine.numa_distances[from * n + to] : 0;
}

}  // namespace

std::vector<Locality> find_localities(const Machine& machine) {
    std::map<IdSet, std::vector<std::size_t>> by_cpus;
    for (std::size_t i = 0; i < machine.numa_nodes.size(); ++i)
        if (!machine.numa_nodes[i].cpus.empty()) by_cpus[machine.numa_nodes[i].cpus].push_back(i);
    std::vector<Locality> out;
    for (auto& [cpus, nodes] : by_cpus)
        if (cpus.intersects(machine.allowed_cpus) && !is_union_of_others(cpus, by_cpus))
            out.push_back({cpus, nodes, dram_of(machine, nodes)});
    std::sort(out.begin(), out.end(),
              [](const Locality& a, const Locality& b) { return a.nodes.front() < b.nodes.front(); });
    return out;
}

std::vector<UsableCore> find_usable_cores(const Machine& machine, const std::vector<Locality>& localities) {
    constexpr auto none = std::numeric_limits<std::size_t>::max();
    const std::size_t end = machine.cpus.empty() ? 0 : machine.cpus.back() + std::size_t{1};
    std::vector<std::size_t> package_at(end, machine.packages.size());  // by PU
    std::vector<std::size_t> locality_at(end, none);
    for (std::size_t p = machine.packages.size(); p-- > 0;)
        for (const auto pu : machine.packages[p].cpus)
            if (pu < end) package_at[pu] = p;
    for (std::size_t l = 0; l < localities.size(); ++l)
        for (const auto pu : localities[l].cpus)
            if (pu < end &&
                (locality_at[pu] == none || localities[l].cpus.size() < localities[locality_at[pu]].cpus.size()))
                locality_at[pu] = l;

    std::vector<bool> allowed(end, false);
    for (const auto pu : machine.allowed_cpus)
        if (pu < end) allowed[pu] = true;
    std::vector<UsableCore> cores;
    const auto add = [&](const IdSet& pus) {
        UsableCore core;
        for (const auto pu : pus) {
            if (pu >= end || !allowed[pu]) continue;
            allowed[pu] = false;  // taken
            core.cpus.insert(pu);
        }
        if (core.cpus.empty()) return;
        core.package = package_at[core.cpus.front()];
        core.locality = locality_at[core.cpus.front()];
        cores.push_back(std::move(core));
    };
    for (const auto& core : machine.cores) add(core.cpus);
    for (const auto pu : machine.allowed_cpus) add(IdSet{pu});  // those in no core
    adopt_cores_without_node(machine, localities, cores);
    return cores;
}

MemoryChoice choose_memory(const Machine& machine, const Locality& locality) {
    const bool known = sizes_known(machine);
    const auto usable = [&](std::size_t i) {
        return machine.numa_nodes[i].allowed && (!known || machine.numa_nodes[i].memory_bytes > 0);
    };
    MemoryChoice choice;
    const auto take = [&](const std::vector<std::size_t>& nodes) {
        for (const auto i : nodes)
            if (usable(i)) choice.mems.insert(machine.numa_nodes[i].os_index);
        return !choice.mems.empty();
    };
    if (take(locality.dram)) return choice;
    choice.special = take(locality.nodes);
    if (choice.special) return choice;

    // Nearest: by the firmware's distances, else a node whose CPUs hold ours, else one of our
    // package, else the one listed next to us.
    const auto here = locality.dram.front();
    const auto package = package_of(machine, locality.cpus);
    auto best = std::tuple{~0U, true, true, std::numeric_limits<std::size_t>::max()};
    for (std::size_t i = 0; i < machine.numa_nodes.size(); ++i) {
        if (!usable(i)) continue;
        const auto& node = machine.numa_nodes[i];
        const auto rank = std::tuple{distance(machine, here, i), !node.cpus.includes(locality.cpus),
                                     package_of(machine, node.cpus) != package, i > here ? i - here : here - i};
        if (rank >= best) continue;
        best = rank;
        choice.mems = IdSet{node.os_index};
        choice.remote = true;
    }
    return choice;
}

}  // namespace hlaunch
