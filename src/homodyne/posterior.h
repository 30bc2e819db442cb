// Which posterior the user wants, and under which priors.
#pragma once

#include <cstdint>
#include <string_view>

namespace hlaunch::homodyne {

struct PosteriorWish {
    // consensus: the product of the shards' draws. exact: of all points at once, without NUTS.
    enum class Kind { consensus, exact };
    Kind kind = Kind::consensus;
    double effective_draws = 2000.0;
    bool pairs_once = false;   // each pair of times counts once; homodyne counts it twice, as (t1, t2) and (t2, t1)
    bool yaml_priors = false;  // without what homodyne derives from the NLSQ fit

    bool operator==(const PosteriorWish&) const = default;
};

[[nodiscard]] std::string_view to_string(PosteriorWish::Kind kind);        // "consensus", "exact"
[[nodiscard]] PosteriorWish::Kind parse_posterior(std::string_view text);  // throws usage Error

}  // namespace hlaunch::homodyne
