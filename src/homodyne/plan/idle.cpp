#include "homodyne/plan/idle.h"

#include <fmt/format.h>

#include <algorithm>

#include "homodyne/app/mode.h"

namespace hlaunch::homodyne {
namespace {

// What all nodes together have.
struct Room {
    std::uint64_t placements = 0, pus = 0;
    std::uint64_t workers = 0;  // that draw a shard each
    std::uint64_t could = 0;    // PUs that the guide's workers would use
    unsigned least_guide = 0;   // the guide's workers of the smallest placement
};

Room room_of(std::span<const Placement> placements, unsigned nodes, const AnalysisRequest& request,
             const Facts& facts) {
    Room out;
    for (const auto& placement : placements) {
        const auto guide = guide_workers(placement.cores);
        out.pus += placement.cpus.size();
        out.workers += planned_workers(placement, request, facts);
        out.could += std::min<std::uint64_t>(placement.cpus.size(), std::uint64_t{guide} * std::max(1U, facts.chains));
        out.least_guide = out.least_guide == 0 ? guide : std::min(out.least_guide, guide);
    }
    out.placements = std::uint64_t{nodes} * placements.size();
    out.pus *= nodes;
    out.workers *= nodes;
    out.could *= nodes;
    return out;
}

std::string plural(std::uint64_t n, const char* noun) {
    return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
}

std::string do_as_much(std::uint64_t nodes) {
    return fmt::format("{} {} as much", plural(nodes, "node"), nodes == 1 ? "does" : "do");
}

// Up to as many shards as there are workers, of no fewer points than homodyne wants; or fewer nodes.
std::string shards_remedy(std::uint64_t workers, unsigned nodes, const Facts& facts) {
    const auto possible = facts.points / std::max<std::uint64_t>(1, facts.min_points_per_shard);
    const auto wanted = std::min(workers, possible);
    const auto per_node = std::max<std::uint64_t>(1, workers / std::max(1U, nodes));
    const auto enough = (facts.num_shards + per_node - 1) / per_node;
    std::string out;
    if (wanted > facts.num_shards)
        out = fmt::format("optimization.cmc.sharding.num_shards: {} in the YAML fills {} (shards of {} points)", wanted,
                          wanted == workers ? "them" : "as many as there are points for", facts.points / wanted);
    if (enough < nodes) out += (out.empty() ? "" : ", or ") + do_as_much(enough);
    return out.empty() ? "a smaller machine does as much" : out;
}

std::string why_no_more(const Facts& facts) {
    if (facts.num_shards_by_user) return fmt::format("the YAML asks for {}", plural(facts.num_shards, "shard"));
    if (facts.points / std::max<std::uint64_t>(1, facts.min_points_per_shard) > facts.num_shards)
        return fmt::format("homodyne cuts {}", plural(facts.num_shards, "shard"));
    return fmt::format("{} points make no more shards of at least {}", facts.points, facts.min_points_per_shard);
}

}  // namespace

std::optional<std::string> idle_warning(std::span<const Placement> placements, unsigned nodes,
                                        const AnalysisRequest& request, const Facts& facts) {
    if (!wants_cmc(request.mode, facts.yaml_method)) return idle_nodes_warning(nodes, request, facts);
    if (facts.num_shards == 0 || request.split != Split::shards) return std::nullopt;
    const auto room = room_of(placements, nodes, request, facts);
    const auto chains = std::max(1U, facts.chains);
    const auto at_once = std::min<std::uint64_t>(facts.num_shards, room.workers);
    const auto computing = std::min(room.pus, at_once * chains);
    const auto used = std::min<std::uint64_t>(facts.num_shards, room.placements);
    if (used == room.placements && computing * 2 > room.could) return std::nullopt;
    auto out = used < room.placements ? fmt::format("only {} of {} placements are used, and {} of {} PUs compute", used,
                                                    room.placements, computing, room.pus)
                                      : fmt::format("only {} of {} PUs compute", computing, room.pus);
    if (nodes > 1) out += fmt::format(" on {} nodes", nodes);
    if (facts.num_shards < room.workers)
        return out + fmt::format(": {}, of {}; {}", why_no_more(facts), plural(chains, "chain"),
                                 shards_remedy(room.workers, nodes, facts));
    return out + fmt::format(": {} in all, of {}; --num-workers {} fills them", plural(room.workers, "worker"),
                             plural(chains, "chain"), room.least_guide);
}

std::optional<std::string> idle_nodes_warning(unsigned nodes, const AnalysisRequest& request, const Facts& facts) {
    if (nodes <= 1) return std::nullopt;
    if (!wants_cmc(request.mode, facts.yaml_method))
        return fmt::format("NLSQ alone is one instance on one of {} nodes; {}, or --mode cmc, which samples, too",
                           nodes, do_as_much(1));
    if (facts.num_shards == 0 || facts.num_shards >= nodes) return std::nullopt;
    return fmt::format("only {} of {} nodes compute: {}; {}", facts.num_shards, nodes, why_no_more(facts),
                       shards_remedy(nodes, nodes, facts));
}

}  // namespace hlaunch::homodyne
