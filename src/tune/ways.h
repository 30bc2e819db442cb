// The ways to start one analysis on a machine: by hand without and with the performance guide's recipe, and by us.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/id_set.h"
#include "topology/machine.h"

namespace hlaunch {

enum class Way { unbound, numactl, hlaunch };

[[nodiscard]] std::string_view to_string(Way way);
// "unbound,numactl,hlaunch": at least two, each once. Throws usage Error naming the word.
[[nodiscard]] std::vector<Way> parse_ways(std::string_view list);

// Who goes first in a round changes from round to round: what drifts (heat, other users) meets all alike.
[[nodiscard]] std::vector<std::size_t> order_of_round(std::size_t ways, unsigned round);

// The nodes numactl's two options are for: with CPUs and ordinary memory that this process may use; {0} where the
// machine tells of none.
[[nodiscard]] IdSet nodes_by_hand(const Machine& machine);

// One analysis by K instances side by side, each with a seed of its own and all the data: of the kept draws each makes
// its share. Chains are shared out where each gets two at least, since each must have its own warmup anyway; else the
// draws of each chain, rounded up.
struct HandShare {
    unsigned chains = 0, draws = 0;  // of each instance; draws a chain
};
[[nodiscard]] HandShare share_by_hand(unsigned chains, unsigned draws, unsigned instances);

}  // namespace hlaunch
