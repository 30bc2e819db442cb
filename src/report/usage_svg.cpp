#include "report/usage_svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "base/text/quantity.h"
#include "base/text/svg_block.h"

namespace hlaunch {
namespace {

constexpr double width = 210, height = 64, foot = 15, gap = 18, margin = 20;

constexpr std::string_view css =
    "text{font-family:'Inter','DejaVu Sans',system-ui,sans-serif;fill:#1d2733}"
    ".head{font-weight:600}.sub{fill:#5d6b7a}.frame{fill:#f2f5f8;stroke:#cdd5de}";

// One quantity: how to read it (nothing where a sample has none), the top of its scale, and how to write it.
struct Quantity {
    std::string title;
    std::string colour;
    std::function<std::optional<double>(const UsageSample&)> read;
    std::function<std::string(double)> write;
};

std::vector<Quantity> quantities() {
    return {{"CPU", "#2f6db5", [](const UsageSample& s) { return s.cpu_percent; },
             [](double value) { return fmt::format("{:.0f} %", value); }},
            {"memory", "#3f9e6b", [](const UsageSample& s) { return static_cast<double>(s.resident_bytes); },
             [](double value) { return format_bytes(static_cast<std::uint64_t>(value)); }},
            {"threads", "#7a5ba6", [](const UsageSample& s) { return static_cast<double>(s.threads); },
             [](double value) { return fmt::format("{:.0f}", value); }},
            {"pages on its own nodes", "#c8504f",
             [](const UsageSample& s) { return s.local_share ? std::optional(*s.local_share * 100.0) : std::nullopt; },
             [](double value) { return fmt::format("{:.0f} %", value); }}};
}

double largest(const UsageCurve& curve, const Quantity& quantity) {
    double most = 0.0;
    for (const auto& sample : curve.samples) most = std::max(most, quantity.read(sample).value_or(0.0));
    return most;
}

double last_second(const std::vector<UsageCurve>& curves) {
    double last = 1.0;
    for (const auto& curve : curves)
        if (!curve.samples.empty()) last = std::max(last, curve.samples.back().at_s);
    return last;
}

// Line and filled area; a single value is drawn as a dot.
std::string draw_line(const UsageCurve& curve, const Quantity& quantity, double seconds, double top) {
    std::string points;
    double first_x = 0.0, last_x = 0.0, last_y = 0.0;
    for (const auto& sample : curve.samples) {
        const auto value = quantity.read(sample);
        if (!value) continue;
        last_x = width * sample.at_s / seconds;
        last_y = height * (1.0 - std::min(1.0, *value / top));
        if (points.empty()) first_x = last_x;
        points += fmt::format("{:.1f},{:.1f} ", last_x, last_y);
    }
    if (points.empty()) return svg_text("not known", "sub", 11).svg;
    return fmt::format(
        "<polygon points=\"{0:.1f},{3} {1}{2:.1f},{3}\" fill=\"{4}\" fill-opacity=\".16\"/>"
        "<polyline points=\"{1}\" fill=\"none\" stroke=\"{4}\" stroke-width=\"1.4\"/>"
        "<circle cx=\"{2:.1f}\" cy=\"{5:.1f}\" r=\"2\" fill=\"{4}\"/>\n",
        first_x, points, last_x, height, quantity.colour, last_y);
}

SvgBlock draw_panel(const UsageCurve& curve, const Quantity& quantity, double seconds, double top) {
    SvgBlock out{width, height + foot, {}};
    out.svg = fmt::format("<rect class=\"frame\" width=\"{}\" height=\"{}\"/>", width, height);
    out.svg += draw_line(curve, quantity, seconds, top);
    out.svg += fmt::format(
        "<text class=\"sub\" font-size=\"10\" y=\"{0}\">most {1}</text>"
        "<text class=\"sub\" font-size=\"10\" text-anchor=\"end\" x=\"{2}\" y=\"{0}\">{3}</text>\n",
        height + 11, svg_escaped(quantity.write(largest(curve, quantity))), width,
        svg_escaped(format_duration(seconds)));
    return out;
}

// The scale is shared by all rows, so that they can be compared; CPU's is the placement's own.
double top_of(const Quantity& quantity, std::size_t column, const UsageCurve& curve,
              const std::vector<UsageCurve>& all) {
    if (column == 0 && curve.pus > 0) return 100.0 * curve.pus;
    if (column == 3) return 100.0;
    double top = 1.0;
    for (const auto& each : all) top = std::max(top, largest(each, quantity));
    return top;
}

SvgBlock draw_label(const UsageCurve& curve) {
    return svg_stack({svg_text(curve.label, "head", 13), svg_text("CPUs " + curve.cpus, "sub", 11)}, 2);
}

}  // namespace

std::string usage_svg(const std::vector<UsageCurve>& curves) {
    const auto columns = quantities();
    const double seconds = last_second(curves);
    std::vector<SvgBlock> blocks{svg_text("", "head", 12)};
    for (const auto& quantity : columns) blocks.push_back(svg_text(quantity.title, "head", 12));
    for (const auto& curve : curves) {
        blocks.push_back(draw_label(curve));
        for (std::size_t column = 0; column < columns.size(); ++column)
            blocks.push_back(
                draw_panel(curve, columns[column], seconds, top_of(columns[column], column, curve, curves)));
    }
    const auto grid = svg_grid(blocks, columns.size() + 1, gap);
    return fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} "
        "{1:.0f}\">\n"
        "<style>{2}</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
        "<g transform=\"translate({3},{3})\">{4}</g>\n</svg>\n",
        grid.width + 2 * margin, grid.height + 2 * margin, css, margin, grid.svg);
}

}  // namespace hlaunch
