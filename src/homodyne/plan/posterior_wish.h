// Which posterior the user wants, and under which priors.
#pragma once

#include <cstdint>
#include <string_view>

namespace hlaunch::homodyne {

struct PosteriorWish {
    // consensus: the product of the shards' draws. exact: of all points at once, without NUTS. automatic: the
    // consensus where the exact density certifies it, else exact.
    enum class Kind { consensus, exact, automatic };
    Kind kind = Kind::automatic;
    double effective_draws = 2000.0;
    bool pairs_once = false;   // each pair of times counts once; homodyne counts it twice, as (t1, t2) and (t2, t1)
    bool yaml_priors = false;  // without what homodyne derives from the NLSQ fit

    [[nodiscard]] bool is_exact() const { return kind == Kind::exact; }
    [[nodiscard]] bool is_automatic() const { return kind == Kind::automatic; }
    bool operator==(const PosteriorWish&) const = default;
};

[[nodiscard]] std::string_view to_string(PosteriorWish::Kind kind);        // "consensus", "exact", "auto"
[[nodiscard]] PosteriorWish::Kind parse_posterior(std::string_view text);  // throws usage Error

// homodyne's likelihood has both triangles of a symmetric matrix: half the data, and sds too small by sqrt(2).
inline constexpr double sd_factor_of_pairs_once = 1.4142135623730951;
inline constexpr const char* pairs_counted_twice =
    "each pair of times counts twice, as in homodyne's own likelihood: with each once every sd is 1.41 times as large "
    "(--posterior exact --pairs once)";

}  // namespace hlaunch::homodyne
