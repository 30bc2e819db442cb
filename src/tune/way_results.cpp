#include "tune/way_results.h"

#include <fmt/format.h>

#include <algorithm>

#include "tune/verdict.h"

namespace hlaunch {
namespace {

// "61.2  58.0-63.9  0.71"
std::string times_text(const std::vector<double>& times, const std::vector<double>& first) {
    if (times.empty()) return fmt::format("{:>8}  {:>15}  {:>5}", "-", "-", "-");
    const auto [least, most] = std::minmax_element(times.begin(), times.end());
    const double base = median_of(first);
    return fmt::format("{:>8.1f}  {:>15}  {:>5}", median_of(times), fmt::format("{:.1f}-{:.1f}", *least, *most),
                       base > 0.0 ? fmt::format("{:.2f}", median_of(times) / base) : "-");
}

std::string pair_verdict(const WayMeasured& a, const WayMeasured& b) {
    const bool by_sampling = !a.sampling_s.empty() && !b.sampling_s.empty();
    const auto& times_a = by_sampling ? a.sampling_s : a.whole_s;
    const auto& times_b = by_sampling ? b.sampling_s : b.whole_s;
    const std::string what = by_sampling ? "sampling" : "whole run";
    if (std::min(times_a.size(), times_b.size()) < 2)
        return fmt::format("{}: {} against {} once, which shows no spread: nothing can be said", what, b.name, a.name);
    const auto gap = gap_between(times_a, times_b);
    if (!gap.clear())
        return fmt::format(
            "{}: no difference measured between {} and {}: {:.3g} s apart, the rounds differ by {:.3g} s", what, a.name,
            b.name, gap.apart, gap.noise);
    const bool b_faster = median_of(times_b) < median_of(times_a);
    const auto& fast = b_faster ? b : a;
    const auto& slow = b_faster ? a : b;
    const double ratio = median_of(b_faster ? times_b : times_a) / median_of(b_faster ? times_a : times_b);
    auto out = fmt::format("{}: {} is faster than {} by {:.3g} s, {:.2f} of its time; the rounds differ by {:.3g} s",
                           what, fast.name, slow.name, gap.apart, ratio, gap.noise);
    // Less work done sooner is no speed.
    if (fast.draws != slow.draws && fast.draws > 0 && slow.draws > 0)
        out += fmt::format("; but it made {} draws against {}", fast.draws, slow.draws);
    return out;
}

}  // namespace

std::string ways_table(const std::vector<WayMeasured>& measured) {
    auto out = fmt::format("{:<8}  {:>6}  {:>8}  {:>15}  {:>5}  {:>8}  {:>15}  {:>5}  {:>7}  {:>8}\n", "way", "rounds",
                           "sampling", "least-most s", "ratio", "whole", "least-most s", "ratio", "remote", "draws");
    const auto first = std::find_if(measured.begin(), measured.end(), [](const auto& way) { return way.usable(); });
    for (const auto& way : measured) {
        if (!way.skipped.empty())
            out += fmt::format("{:<8}  skipped: {}\n", way.name, way.skipped);
        else if (!way.failed.empty())
            out += fmt::format("{:<8}  failed: {}\n", way.name, way.failed);
        else if (!way.usable())
            out += fmt::format("{:<8}  {:>6}\n", way.name, 0);
        else
            out += fmt::format(
                "{:<8}  {:>6}  {}  {}  {:>7}  {:>8}\n", way.name, way.whole_s.size(),
                times_text(way.sampling_s, first->sampling_s), times_text(way.whole_s, first->whole_s),
                way.remote_share.empty() ? "-" : fmt::format("{:.1f} %", 100.0 * median_of(way.remote_share)),
                way.draws == 0 ? "-" : std::to_string(way.draws));
    }
    return out;
}

std::vector<std::string> ways_verdicts(const std::vector<WayMeasured>& measured) {
    std::vector<std::string> out;
    for (std::size_t a = 0; a < measured.size(); ++a)
        for (std::size_t b = a + 1; b < measured.size(); ++b)
            if (measured[a].usable() && measured[b].usable()) out.push_back(pair_verdict(measured[a], measured[b]));
    if (out.empty()) out.emplace_back("fewer than two ways were measured: nothing to compare");
    return out;
}

}  // namespace hlaunch
