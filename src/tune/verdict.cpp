#include "tune/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace hlaunch {

double median_of(std::vector<double> values) {
    if (values.empty()) return 0.0;
    std::sort(values.begin(), values.end());
    const auto middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : 0.5 * (values[middle - 1] + values[middle]);
}

double spread_of(const std::vector<double>& values) {
    if (values.empty()) return 0.0;
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    return *high - *low;
}

Gap gap_between(const std::vector<double>& a, const std::vector<double>& b) {
    return {std::abs(median_of(a) - median_of(b)), std::max(spread_of(a), spread_of(b))};
}

double covered_seconds(std::vector<Interval> intervals) {
    std::sort(intervals.begin(), intervals.end(), [](const auto& a, const auto& b) { return a.begin_s < b.begin_s; });
    double covered = 0.0;
    std::optional<double> reached;
    for (const auto& [begin, end] : intervals) {
        const double from = reached ? std::max(begin, *reached) : begin;
        covered += std::max(0.0, end - from);
        reached = std::max(end, reached.value_or(end));
    }
    return covered;
}

LayoutVerdict judge(const std::vector<Rates>& measured) {
    if (measured.empty() || !measured.front().failed.empty() || measured.front().draws_per_second.empty())
        return {{}, "what is in force could not be measured: nothing to compare with, so it is kept"};
    const auto& now = measured.front();
    const auto usable = [](const Rates& rates) { return rates.failed.empty() && !rates.draws_per_second.empty(); };
    std::size_t best = 0;
    for (std::size_t i = 1; i < measured.size(); ++i)
        if (usable(measured[i]) && median_of(measured[i].draws_per_second) > median_of(measured[best].draws_per_second))
            best = i;
    if (best == 0) return {{}, "none was faster than what is in force: it is kept"};
    const auto& other = measured[best];
    const auto gap = gap_between(other.draws_per_second, now.draws_per_second);
    if (std::min(other.draws_per_second.size(), now.draws_per_second.size()) < 2)
        return {{}, fmt::format("{} was faster once, which shows no spread: what is in force is kept", other.name)};
    if (!gap.clear())
        return {
            {},
            fmt::format("no difference measured: {} is ahead by {:.3g} draws/s, the rounds differ by {:.3g}; what is "
                        "in force is kept",
                        other.name, gap.apart, gap.noise)};
    return {best, fmt::format("{} is faster by {:.3g} draws/s; the rounds differ by {:.3g}", other.name, gap.apart,
                              gap.noise)};
}

std::string rates_table(const std::vector<Rates>& measured) {
    std::size_t width = 6;
    for (const auto& rates : measured) width = std::max(width, rates.name.size());
    auto out = fmt::format("{:<{}}  rounds  draws/s (median)  spread\n", "layout", width);
    for (const auto& rates : measured) {
        if (!rates.failed.empty())
            out += fmt::format("{:<{}}  failed: {}\n", rates.name, width, rates.failed);
        else
            out += fmt::format("{:<{}}  {:>6}  {:>16.4g}  {:>6.3g}\n", rates.name, width, rates.draws_per_second.size(),
                               median_of(rates.draws_per_second), spread_of(rates.draws_per_second));
    }
    return out;
}

}  // namespace hlaunch
