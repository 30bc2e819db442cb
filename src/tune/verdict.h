// From the rates that were measured to a choice, and to no choice where the noise is larger than the gain.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace hlaunch {

struct Rates {
    std::string name;
    std::vector<double> draws_per_second;  // one a round; the order of rounds does not matter
    std::string failed;                    // why it could not be measured; then it is not chosen
};

[[nodiscard]] double median_of(std::vector<double> values);         // 0 of none
[[nodiscard]] double spread_of(const std::vector<double>& values);  // largest less smallest

// How far two medians are apart, and the larger spread of the two, which that has to exceed to mean anything.
struct Gap {
    double apart = 0.0, noise = 0.0;
    [[nodiscard]] bool clear() const { return apart > noise; }
};
[[nodiscard]] Gap gap_between(const std::vector<double>& a, const std::vector<double>& b);

struct Interval {
    double begin_s = 0.0, end_s = 0.0;
};
// The time in which at least one of them was under way.
[[nodiscard]] double covered_seconds(std::vector<Interval> intervals);

struct LayoutVerdict {
    std::optional<std::size_t> chosen;  // better than the first, which is what is in force; none: keep that
    std::string reason;                 // one line
};

// The first is what is in force. Another is chosen if its median is the highest and is above the first's by more than
// the larger spread of the two; one round shows no spread and so chooses nothing.
[[nodiscard]] LayoutVerdict judge(const std::vector<Rates>& measured);

// A row each: name, rounds, median, spread.
[[nodiscard]] std::string rates_table(const std::vector<Rates>& measured);

}  // namespace hlaunch
