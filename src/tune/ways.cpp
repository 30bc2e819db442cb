#include "tune/ways.h"

#include <algorithm>
#include <array>

#include "base/error.h"

namespace hlaunch {
namespace {

constexpr std::array<std::string_view, 3> names{"unbound", "numactl", "hlaunch"};

}  // namespace

std::string_view to_string(Way way) {
    return names[static_cast<std::size_t>(way)];
}

std::vector<Way> parse_ways(std::string_view list) {
    std::vector<Way> out;
    for (std::size_t at = 0; at <= list.size();) {
        const auto end = std::min(list.find(',', at), list.size());
        const auto word = list.substr(at, end - at);
        at = end + 1;
        const auto* const found = std::find(names.begin(), names.end(), word);
        if (found == names.end())
            throw usage_error("--ways: '{}' is no way; use two or three of unbound,numactl,hlaunch",
                              word.substr(0, 60));
        const auto way = static_cast<Way>(found - names.begin());
        if (std::find(out.begin(), out.end(), way) != out.end())
            throw usage_error("--ways names {} twice; name each once", word);
        out.push_back(way);
    }
    if (out.size() < 2) throw usage_error("--ways names {} alone: nothing to compare with; name another", list);
    return out;
}

std::vector<std::size_t> order_of_round(std::size_t ways, unsigned round) {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < ways; ++i) out.push_back((i + round) % ways);
    return out;
}

IdSet nodes_by_hand(const Machine& machine) {
    IdSet out;
    for (const auto& node : machine.numa_nodes)
        if (node.allowed && !node.cpuless && node.subtype.empty() && node.cpus.intersects(machine.allowed_cpus))
            out.insert(node.os_index);
    if (out.empty()) out.insert(0);
    return out;
}

HandShare share_by_hand(unsigned chains, unsigned draws, unsigned instances) {
    if (instances <= 1) return {chains, draws};
    if (chains % instances == 0 && chains / instances >= 2) return {chains / instances, draws};
    return {chains, (draws + instances - 1) / instances};
}

}  // namespace hlaunch
