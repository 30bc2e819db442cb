#include "topology/machine_limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/text/quantity.h"
#include "topology/locality.h"

namespace hlaunch {
namespace {

// Less is what the kernel keeps for itself in one sum and not in the other.
constexpr std::uint64_t told_from = 16;  // 1/16 of the whole

std::uint64_t counted_bytes(const Machine& machine) {
    return std::accumulate(machine.numa_nodes.begin(), machine.numa_nodes.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const NumaNode& node) { return sum + node.memory_bytes; });
}

std::uint64_t allowed_bytes(const Machine& machine) {
    std::uint64_t sum = 0;
    for (const auto& node : machine.numa_nodes)
        if (node.allowed) sum += node.memory_bytes;
    return sum;
}

using Cores = std::vector<IdSet>;  // their allowed PUs

// Of each locality, the one with most cores first, beginning with the one that the seed names among equals.
std::vector<Cores> by_locality(const Machine& machine) {
    const auto localities = find_localities(machine);
    std::vector<Cores> out(std::max<std::size_t>(1, localities.size()));
    for (auto& core : find_usable_cores(machine, localities)) out[core.locality].push_back(std::move(core.cpus));
    std::rotate(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(machine.limits.quota_seed % out.size()),
                out.end());
    std::stable_sort(out.begin(), out.end(), [](const Cores& a, const Cores& b) { return a.size() > b.size(); });
    return out;
}

// Side by side, so that two under quotas alike have the same or none in common.
void take(const Cores& from, std::size_t count, unsigned seed, Cores& out) {
    const auto first = count == 0 ? 0 : seed % (from.size() / count) * count;
    for (std::size_t i = first; i < first + count; ++i) out.push_back(from[i]);
}

Cores cores_within(const std::vector<Cores>& localities, std::size_t wanted, unsigned seed) {
    std::size_t used = 0, held = 0;
    while (used < localities.size() && held < wanted) held += localities[used++].size();
    Cores out;
    auto left = std::min(wanted, held);
    for (std::size_t l = used; l-- > 0;) {  // the smallest first: what it lacks the others have
        const auto share = std::min(localities[l].size(), left / (l + 1));
        take(localities[l], share, seed, out);
        left -= share;
    }
    return out;
}

// The first PU of each core, then the second: two of one core are no two CPUs.
IdSet first_pus(const Cores& cores, std::size_t wanted) {
    IdSet out;
    for (std::size_t rank = 0, found = 1; found > 0 && out.size() < wanted; ++rank) {
        found = 0;
        for (const auto& core : cores) {
            if (rank >= core.size()) continue;
            ++found;
            if (out.size() < wanted) out.insert(*(core.begin() + static_cast<std::ptrdiff_t>(rank)));
        }
    }
    return out;
}

}  // namespace

void count_memory(Machine& machine, std::uint64_t kernel_total_bytes) {
    const auto counted = counted_bytes(machine);
    if (kernel_total_bytes <= counted || machine.numa_nodes.empty()) return;
    if (machine.numa_nodes.size() == 1)
        machine.numa_nodes.front().memory_bytes = kernel_total_bytes;
    else if (counted > 0 && kernel_total_bytes - counted > kernel_total_bytes / told_from)
        machine.uncounted_bytes = kernel_total_bytes - counted;
}

void cut_to_quota(Machine& machine) {
    if (machine.limits.cpu_quota <= 0.0) return;
    const auto pus = machine.allowed_cpus.size();
    const auto paid = std::floor(std::min(machine.limits.cpu_quota + 0.01, static_cast<double>(pus)));
    const auto wanted = std::max<std::size_t>(1, static_cast<std::size_t>(paid));
    if (wanted >= pus) return;
    const auto kept = first_pus(cores_within(by_locality(machine), wanted, machine.limits.quota_seed), wanted);
    machine.unpaid_cpus = machine.allowed_cpus - kept;
    machine.allowed_cpus = kept;
}

std::string quota_text(const Limits& limits) {
    return fmt::format("CPU quota of {:.3g} CPU{} ({})", limits.cpu_quota, limits.cpu_quota == 1.0 ? "" : "s",
                       limits.cpu_quota_by);
}

std::vector<std::string> limit_reasons(const Machine& machine) {
    std::vector<std::string> out;
    const auto& limits = machine.limits;
    if (const auto kept = machine.allowed_cpus.size(); !machine.unpaid_cpus.empty())
        out.push_back(fmt::format("{}: of {} CPUs {} planned with", quota_text(limits),
                                  kept + machine.unpaid_cpus.size(),
                                  kept == 1 ? std::string("one is") : fmt::format("{} are", kept)));
    if (const auto all = allowed_bytes(machine); limits.memory_bytes > 0 && (all == 0 || limits.memory_bytes < all))
        out.push_back(fmt::format("memory limit of {} ({}): the placements share it", format_bytes(limits.memory_bytes),
                                  limits.memory_by));
    return out;
}

std::vector<std::string> limit_warnings(const Machine& machine) {
    std::vector<std::string> out;
    if (!machine.limits.memory_policy) {
        constexpr std::string_view why =
            "memory policies are refused here (set_mempolicy: a container without CAP_SYS_NICE, or a kernel without "
            "NUMA)";
        if (machine.allowed_mems.size() < 2)
            out.push_back(fmt::format("{}: policy local, of no consequence with one NUMA node", why));
        else
            out.push_back(
                fmt::format("{}: only CPUs are bound, and a full NUMA node spills to the next; start the container "
                            "with --cap-add SYS_NICE to have memory bound",
                            why));
    }
    if (machine.uncounted_bytes > 0) {
        const auto counted = counted_bytes(machine);
        out.push_back(
            fmt::format("{} of {} memory belong to no NUMA node (added to a running virtual machine): planned with is "
                        "what the nodes count",
                        format_bytes(machine.uncounted_bytes), format_bytes(counted + machine.uncounted_bytes)));
    }
    return out;
}

}  // namespace hlaunch
