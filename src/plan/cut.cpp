#include "plan/cut.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/error.h"
#include "plan/balance.h"
#include "topology/machine_limits.h"

namespace hlaunch {
namespace {

using Per = PlacementRequest::Per;

// Groups cores by a key, in the order of their first cores.
template <class Key>
std::vector<CoreGroup> group_by(const Usable& usable, Key key) {
    std::map<decltype(key(std::size_t{0})), std::size_t> where;
    std::vector<CoreGroup> groups;
    for (std::size_t c = 0; c < usable.cores.size(); ++c) {
        const auto [at, fresh] = where.emplace(key(c), groups.size());
        if (fresh) groups.emplace_back();
        groups[at->second].push_back(c);
    }
    return groups;
}

std::vector<CoreGroup> per_locality(const Usable& usable) {
    auto groups = group_by(usable, [&](std::size_t c) { return usable.cores[c].locality; });
    std::sort(groups.begin(), groups.end(), [&](const CoreGroup& a, const CoreGroup& b) {
        return usable.cores[a.front()].locality < usable.cores[b.front()].locality;
    });
    return groups;
}

std::vector<CoreGroup> per_package(const Usable& usable) {
    return group_by(usable, [&](std::size_t c) { return usable.cores[c].package; });
}

std::vector<CoreGroup> per_l3(const Machine& machine, const Usable& usable) {
    return group_by(usable, [&](std::size_t c) {
        const auto& core = usable.cores[c];
        for (std::size_t i = 0; i < machine.l3.size(); ++i)
            if (machine.l3[i].intersects(core.cpus)) return std::pair{i, std::size_t{0}};
        return std::pair{machine.l3.size(), core.locality};
    });
}

std::vector<CoreGroup> whole_machine(const Usable& usable) {
    return group_by(usable, [](std::size_t) { return 0; });
}

bool crosses_localities(const Usable& usable, const CoreGroup& group) {
    return std::any_of(group.begin(), group.end(),
                       [&](std::size_t c) { return usable.cores[c].locality != usable.cores[group.front()].locality; });
}

// "16 cores each", "16 to 18 cores"
std::string sizes(const std::vector<CoreGroup>& groups) {
    const auto [least, most] = std::minmax_element(
        groups.begin(), groups.end(), [](const CoreGroup& a, const CoreGroup& b) { return a.size() < b.size(); });
    const auto noun = most->size() == 1 ? "core" : "cores";
    if (least->size() != most->size()) return fmt::format("{} to {} {}", least->size(), most->size(), noun);
    return fmt::format("{} {}{}", most->size(), noun, groups.size() > 1 ? " each" : "");
}

std::string count(std::size_t n, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", n, n == 1 ? one : many);
}

std::size_t smallest(const std::vector<CoreGroup>& groups) {
    return std::min_element(groups.begin(), groups.end(),
                            [](const auto& a, const auto& b) { return a.size() < b.size(); })
        ->size();
}

Per choose_level(const Usable& usable, unsigned wanted, std::vector<std::string>& reasons) {
    const auto nodes = per_locality(usable);
    if (smallest(nodes) >= wanted) {
        reasons.push_back(fmt::format("per numa: {} with {}, at least {}",
                                      count(nodes.size(), "NUMA node", "NUMA nodes"), sizes(nodes), wanted));
        return Per::numa;
    }
    const auto packages = per_package(usable);
    const auto too_small = fmt::format("{} {}", count(nodes.size(), "NUMA node has", "NUMA nodes have"), sizes(nodes));
    if (packages.size() < nodes.size() && smallest(packages) >= wanted) {
        reasons.push_back(fmt::format("per package: {} with {}; the {}, fewer than {}",
                                      count(packages.size(), "package", "packages"), sizes(packages), too_small,
                                      wanted));
        return Per::package;
    }
    reasons.push_back(fmt::format("per machine: the {}, fewer than {}", too_small, wanted));
    return Per::machine;
}

std::string_view level_name(Per level) {
    switch (level) {
        case Per::package:
            return "package";
        case Per::l3:
            return "l3";
        case Per::machine:
            return "machine";
        default:
            return "numa";
    }
}

// Groups at a level, which becomes the one really used; never across a NUMA boundary when there are
// as many groups as NUMA nodes.
std::vector<CoreGroup> cut_level(const Machine& machine, const Usable& usable, Per level, Cut& cut) {
    std::vector<CoreGroup> groups;
    if (level == Per::l3 && machine.l3.empty()) {
        cut.warnings.emplace_back("per l3: this topology tells of no L3 cache; cut per NUMA node instead");
        level = Per::numa;
    }
    switch (level) {
        case Per::package:
            groups = per_package(usable);
            break;
        case Per::l3:
            groups = per_l3(machine, usable);
            break;
        case Per::machine:
            groups = whole_machine(usable);
            break;
        default:
            groups = per_locality(usable);
            break;
    }
    const auto nodes = per_locality(usable).size();
    const bool crossing = std::any_of(groups.begin(), groups.end(),
                                      [&](const CoreGroup& group) { return crosses_localities(usable, group); });
    if (groups.size() < nodes || !crossing || nodes == 1) return groups;
    std::vector<CoreGroup> split;
    for (const auto& group : groups) {
        std::map<std::size_t, CoreGroup> by_node;
        for (const auto c : group) by_node[usable.cores[c].locality].push_back(c);
        for (auto& [node, cores] : by_node) split.push_back(std::move(cores));
    }
    cut.reasons.emplace_back("cut once more where a NUMA boundary runs through");
    return split;
}

// k contiguous pieces; the larger ones last, so that the reserved core is the last one.
void split_evenly(const CoreGroup& group, unsigned pieces, std::vector<CoreGroup>& out) {
    auto at = group.begin();
    for (unsigned i = 0; i < pieces; ++i) {
        const auto left = static_cast<std::size_t>(group.end() - at);
        const auto size = static_cast<std::ptrdiff_t>(left / (pieces - i));
        out.emplace_back(at, at + size);
        at += size;
    }
}

std::vector<CoreGroup> cut_balanced(const Usable& usable, unsigned instances, Cut& cut) {
    const auto nodes = per_locality(usable);
    std::vector<unsigned> cores;
    std::vector<std::size_t> packages;
    for (const auto& node : nodes) {
        cores.push_back(static_cast<unsigned>(node.size()));
        packages.push_back(usable.cores[node.front()].package);
    }
    std::vector<CoreGroup> groups;
    if (instances >= nodes.size()) {
        const auto shares = share_instances(cores, instances);
        for (std::size_t i = 0; i < nodes.size(); ++i) split_evenly(nodes[i], shares[i], groups);
        cut.reasons.push_back(fmt::format("{} over {}: {}, none across a NUMA boundary",
                                          count(instances, "instance", "instances"),
                                          count(nodes.size(), "NUMA node", "NUMA nodes"), sizes(groups)));
        return groups;
    }
    for (const auto& members : group_localities(cores, packages, instances)) {
        CoreGroup group;
        for (const auto i : members) group.insert(group.end(), nodes[i].begin(), nodes[i].end());
        std::sort(group.begin(), group.end());
        groups.push_back(std::move(group));
    }
    cut.reasons.push_back(fmt::format("{} over {}: whole nodes together, {}", count(instances, "instance", "instances"),
                                      count(nodes.size(), "NUMA node", "NUMA nodes"), sizes(groups)));
    return groups;
}

// Why there are no more cores, where it is no matter of CPUs.
std::string by_quota(const Machine& machine) {
    return machine.unpaid_cpus.empty() ? "" : fmt::format(" ({})", quota_text(machine.limits));
}

// Pieces of exactly `each` cores, inside the smallest kind of domain that holds so many.
void cut_by_cores(const Machine& machine, const Usable& usable, const PlacementRequest& request, Cut& cut) {
    const unsigned each = request.cores_each;
    if (each > usable.cores.size())
        throw usage_error("--per cores:{}: only {} allowed{}; ask for at most that many", each,
                          count(usable.cores.size(), "core is", "cores are"), by_quota(machine));
    auto domains = per_locality(usable);
    std::string_view inside = "a NUMA node";
    const auto fits = [&] {
        return std::any_of(domains.begin(), domains.end(), [&](const CoreGroup& d) { return d.size() >= each; });
    };
    if (!fits()) {
        domains = per_package(usable);
        inside = "a package";
    }
    if (!fits()) {
        domains = whole_machine(usable);
        inside = "the machine";
    }
    std::vector<std::size_t> taken(domains.size(), 0);  // pieces
    std::size_t pieces = 0;
    for (const auto& domain : domains) pieces += domain.size() / each;
    const auto wanted = request.instances.value_or(static_cast<unsigned>(pieces));
    if (wanted > pieces)
        throw usage_error("--instances {}: only {} of {} cores fit; lower --instances or --per cores:N", wanted,
                          count(pieces, "placement", "placements"), each);
    for (unsigned i = 0; i < wanted; ++i) {  // each next one to the domain with most cores left
        std::size_t best = 0;
        std::size_t most = 0;
        for (std::size_t d = 0; d < domains.size(); ++d)
            if (const auto left = domains[d].size() - taken[d] * each; left > most) {
                most = left;
                best = d;
            }
        ++taken[best];
    }
    for (std::size_t d = 0; d < domains.size(); ++d) {
        const auto used = static_cast<std::ptrdiff_t>(taken[d] * each);
        for (std::ptrdiff_t at = 0; at < used; at += each)
            cut.groups.emplace_back(domains[d].begin() + at, domains[d].begin() + at + each);
        cut.rest.insert(cut.rest.end(), domains[d].begin() + used, domains[d].end());
    }
    std::sort(cut.rest.begin(), cut.rest.end());
    cut.reasons.push_back(fmt::format("per cores:{}: {} inside {}, {} left over", each,
                                      count(wanted, "placement", "placements"), inside,
                                      count(cut.rest.size(), "core", "cores")));
}

}  // namespace

Cut cut_cores(const Machine& machine, const Usable& usable, const PlacementRequest& request) {
    Cut cut;
    const auto cores = usable.cores.size();
    if (request.instances && *request.instances == 0)
        throw usage_error("--instances 0 starts nothing; ask for 1 to {}", cores);
    if (request.instances && *request.instances > cores)
        throw usage_error("--instances {}: only {} allowed here{}; ask for at most that many", *request.instances,
                          count(cores, "core is", "cores are"), by_quota(machine));
    if (request.per == Per::cores) {
        cut_by_cores(machine, usable, request, cut);
        return cut;
    }
    auto level = request.per;
    if (level == Per::automatic) {
        std::vector<std::string> ours;
        level = request.instances ? Per::numa : choose_level(usable, request.min_numa_cores, ours);
        cut.reasons = std::move(ours);
    }
    auto groups = cut_level(machine, usable, level, cut);
    if (request.instances && *request.instances != groups.size()) {
        cut.reasons.clear();
        groups = cut_balanced(usable, *request.instances, cut);
    } else if (request.per != Per::automatic || request.instances) {
        cut.reasons.push_back(fmt::format("per {}, as asked: {}, {}", level_name(level),
                                          count(groups.size(), "placement", "placements"), sizes(groups)));
    }
    cut.groups = std::move(groups);
    return cut;
}

}  // namespace hlaunch
