// What rank 0's desk costs: so many ranks that take and end so many parts, all messages encoded and decoded as they
// would be on their way. usage: desk_cost RANKS PARTS
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>

#include "queue/desk.h"

namespace {

using namespace hlaunch;

std::uint64_t bytes = 0;

RankMessage over_the_wire(nlohmann::json facts) {
    const auto text = encode({std::move(facts)});
    bytes += text.size();
    return decode(text);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return std::fprintf(stderr, "usage: desk_cost RANKS PARTS\n"), 2;
    const auto ranks = static_cast<unsigned>(std::strtoul(argv[1], nullptr, 10));
    const auto parts = static_cast<unsigned>(std::strtoul(argv[2], nullptr, 10));
    const Clock::Time now{};
    Desk desk(ranks, std::chrono::seconds(30), now);
    std::minstd_rand chance(7);
    const auto began = std::clock();
    auto list = nlohmann::json::array();
    for (unsigned i = 0; i < parts; ++i) {
        list.push_back({i, 1 + chance() % 100});
        if (list.size() < 2000 && i + 1 < parts) continue;
        desk.receive(0,
                     over_the_wire({{"kind", "offer"},
                                    {"of", "task"},
                                    {"parts", std::exchange(list, nlohmann::json::array())},
                                    {"more", i + 1 < parts}}),
                     now, 0.0);
    }
    std::vector<nlohmann::json> doing(ranks);
    std::size_t done = 0;
    for (bool any = true; any;) {
        any = false;
        for (unsigned rank = 0; rank < ranks; ++rank) {
            if (!doing[rank].empty())
                desk.receive(rank, over_the_wire({{"kind", "ended"}, {"ids", doing[rank]}, {"seconds", 1.0}}), now,
                             0.0);
            desk.receive(rank, over_the_wire({{"kind", "take"}, {"at_once", 2}, {"wait", false}}), now, 0.0);
            for (auto& [to, message] : desk.take_outgoing()) doing[to] = over_the_wire(message.facts).facts["ids"];
            done += doing[rank].size();
            any = any || !doing[rank].empty();
        }
    }
    const double seconds = static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
    std::printf(
        "{\"ranks\": %u, \"parts\": %zu, \"cpu_us_per_part\": %.3f, \"messages_per_part\": %.4f, \"bytes_per_part\": "
        "%.1f}\n",
        ranks, done, 1e6 * seconds / parts, static_cast<double>(desk.messages()) / parts,
        static_cast<double>(bytes) / parts);
    return done == parts ? 0 : 1;
}
