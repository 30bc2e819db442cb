#include "campaign/series_svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "base/text/svg_block.h"
#include "campaign/weighted.h"

namespace hlaunch {
namespace {

constexpr double width = 560, height = 340;                            // of the frame, pixels
constexpr double left = 92, right = 24, top = 44, foot = 62, cap = 4;  // around it; cap: half of an error bar's

constexpr std::string_view css =
    "text{font-family:'Inter','DejaVu Sans',system-ui,sans-serif;fill:#1d2733}"
    ".head{font-weight:600}.sub{fill:#5d6b7a}.frame{fill:#fbfcfd;stroke:#cdd5de}.grid{stroke:#e7ecf1}"
    ".mean{fill:#1d2733;stroke:#1d2733}";
constexpr std::array<std::string_view, 6> colours{"#2f6db5", "#c8504f", "#3f9e6b", "#7a5ba6", "#c98a2b", "#4aa3a8"};

struct Point {
    double q = 0.0, value = 0.0, sd = 0.0;
    std::string config;
};

struct Axis {
    double low = 0.0, high = 1.0, pixels = 1.0;
    bool downwards = false;  // larger is higher up
    [[nodiscard]] double at(double value) const {
        const double share = (value - low) / (high - low);
        return pixels * (downwards ? 1.0 - share : share);
    }
};

Axis axis(double low, double high, double pixels, bool downwards) {
    // A single value, or several that are the same, has its neighbourhood around it.
    const double span = high > low ? high - low : std::max(std::abs(high), 1e-12);
    return {low - 0.08 * span, high + 0.08 * span, pixels, downwards};
}

std::vector<Point> points_of(const std::vector<ScanRow>& rows, const std::string& parameter) {
    std::vector<Point> out;
    for (const auto& row : rows) {
        if (row.status != "done" || !row.best() || row.q_per_angstrom <= 0.0) continue;
        for (const auto& estimate : row.best()->parameters)
            if (estimate.name == parameter && std::isfinite(estimate.value))
                out.push_back({row.q_per_angstrom, estimate.value,
                               std::isfinite(estimate.sd) ? std::max(0.0, estimate.sd) : 0.0, row.scan.config});
    }
    return out;
}

std::string error_bar(double x, double low, double high) {
    return fmt::format("<path d=\"M{0:.1f} {1:.1f}V{2:.1f}M{3:.1f} {1:.1f}h{4}M{3:.1f} {2:.1f}h{4}\" fill=\"none\"/>",
                       x, low, high, x - cap, 2 * cap);
}

std::string grid(const Axis& x, const Axis& y) {
    std::string out;
    for (const double tick : round_ticks(x.low, x.high, 6))
        out += fmt::format(
            "<path class=\"grid\" d=\"M{0:.1f} 0V{1}\"/><text class=\"sub\" font-size=\"11\" text-anchor=\"middle\" "
            "x=\"{0:.1f}\" y=\"{2}\">{3:.6g}</text>\n",
            x.at(tick), height, height + 17, tick);
    for (const double tick : round_ticks(y.low, y.high, 6))
        out += fmt::format(
            "<path class=\"grid\" d=\"M0 {0:.1f}H{1}\"/><text class=\"sub\" font-size=\"11\" text-anchor=\"end\" "
            "x=\"-8\" y=\"{2:.1f}\">{3:.6g}</text>\n",
            y.at(tick), width, y.at(tick) + 4, tick);
    return out;
}

// Those of one q side by side, else they hide each other: how many there are, and how many of them came before.
struct Neighbours {
    std::size_t alike = 0, before = 0;
    [[nodiscard]] double step() const { return std::min(8.0, 48.0 / static_cast<double>(alike)); }
};

Neighbours neighbours(const std::vector<Point>& points, double q, std::size_t self) {
    Neighbours out;
    for (std::size_t j = 0; j < points.size(); ++j) {
        if (std::abs(points[j].q - q) > 1e-6 * q) continue;
        if (j < self) ++out.before;
        ++out.alike;
    }
    return out;
}

std::string scans(const std::vector<Point>& points, const std::vector<std::string>& configs, const Axis& x,
                  const Axis& y) {
    std::string out;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const auto& point = points[i];
        const auto beside = neighbours(points, point.q, i);
        const double at = x.at(point.q) + beside.step() * (static_cast<double>(beside.before) -
                                                           static_cast<double>(beside.alike - 1) / 2.0);
        const auto config = std::find(configs.begin(), configs.end(), point.config) - configs.begin();
        const auto colour = colours[static_cast<std::size_t>(config) % colours.size()];
        out += fmt::format(
            "<g stroke=\"{0}\" fill=\"{0}\" opacity=\".75\">{1}<circle cx=\"{2:.1f}\" cy=\"{3:.1f}\" r=\"2.6\"/></g>\n",
            colour, error_bar(at, y.at(point.value - point.sd), y.at(point.value + point.sd)), at, y.at(point.value));
    }
    return out;
}

// A diamond with its own bar to the right of the scans, where there is more than one.
std::string means(const std::vector<ScanRow>& rows, const std::vector<Point>& points, const std::string& parameter,
                  const Axis& x, const Axis& y) {
    std::string out;
    for (const auto& summary : summarize(rows)) {
        if (summary.parameter != parameter || summary.mean.count < 2) continue;
        const auto beside = neighbours(points, summary.q_per_angstrom, 0);
        const double at =
            x.at(summary.q_per_angstrom) + 12 + beside.step() * static_cast<double>(beside.alike - 1) / 2.0;
        const double value = y.at(summary.mean.mean);
        out += fmt::format("<g class=\"mean\">{}<path d=\"M{:.1f} {:.1f}l6 6l-6 6l-6 -6z\" stroke=\"#fff\"/></g>\n",
                           error_bar(at, y.at(summary.mean.mean - summary.mean.scaled_sd),
                                     y.at(summary.mean.mean + summary.mean.scaled_sd)),
                           at, value - 6);
    }
    return out;
}

std::string legend(const std::vector<std::string>& configs, bool has_means) {
    std::string out;
    double at = 0.0;
    const auto item = [&](const std::string& mark, const std::string& text) {
        out += fmt::format(
            "<g transform=\"translate({:.0f},{})\">{}<text class=\"sub\" font-size=\"11\" x=\"10\" "
            "y=\"4\">{}</text></g>\n",
            at + 6, height + 44, mark, svg_escaped(text));
        at += 24.0 + 6.4 * static_cast<double>(text.size());
    };
    for (std::size_t i = 0; i < configs.size(); ++i)
        item(fmt::format("<circle r=\"2.6\" fill=\"{}\"/>", colours[i % colours.size()]),
             configs.size() == 1 ? "one scan, 1 sd" : configs[i].substr(configs[i].rfind('/') + 1));
    if (has_means)
        item("<path class=\"mean\" d=\"M0 -6l6 6l-6 6l-6 -6z\"/>",
             "mean weighted with 1/sd², its sd scaled by scatter");
    return out;
}

}  // namespace

std::vector<double> round_ticks(double low, double high, unsigned wanted) {
    if (!(high > low) || wanted == 0) return {};
    const double rough = (high - low) / wanted;
    const double power = std::pow(10.0, std::floor(std::log10(rough)));
    const double lead = rough / power;
    const double step = power * (lead <= 1.0 ? 1.0 : lead <= 2.0 ? 2.0 : lead <= 5.0 ? 5.0 : 10.0);
    std::vector<double> out;
    for (double k = std::ceil(low / step); k * step <= high && out.size() < 100; ++k)
        out.push_back(k == 0.0 ? 0.0 : k * step);
    return out;
}

std::string series_svg(const std::vector<ScanRow>& rows, const std::string& parameter, const std::string& unit) {
    const auto points = points_of(rows, parameter);
    if (points.empty()) return {};
    double low_q = points.front().q, high_q = low_q, low = points.front().value, high = low;
    std::vector<std::string> configs;
    for (const auto& point : points) {
        low_q = std::min(low_q, point.q);
        high_q = std::max(high_q, point.q);
        low = std::min(low, point.value - point.sd);
        high = std::max(high, point.value + point.sd);
        if (std::find(configs.begin(), configs.end(), point.config) == configs.end()) configs.push_back(point.config);
    }
    const auto x = axis(low_q, high_q, width, false), y = axis(low, high, height, true);
    const auto mean_marks = means(rows, points, parameter, x, y);
    const auto title = unit.empty() ? parameter : fmt::format("{} ({})", parameter, unit);
    return fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\">\n"
        "<style>{2}</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
        "<text class=\"head\" font-size=\"15\" x=\"{3}\" y=\"26\">{4} against q</text>\n"
        "<g transform=\"translate({3},{5})\"><rect class=\"frame\" width=\"{6}\" height=\"{7}\"/>\n{8}"
        "<text class=\"sub\" font-size=\"12\" text-anchor=\"end\" x=\"{6}\" y=\"{9}\">q "
        "(1/Å)</text>\n{10}{11}{12}</g>\n"
        "</svg>\n",
        left + width + right, top + height + foot, css, left, svg_escaped(title), top, width, height, grid(x, y),
        height + 34, scans(points, configs, x, y), mean_marks, legend(configs, !mean_marks.empty()));
}

}  // namespace hlaunch
