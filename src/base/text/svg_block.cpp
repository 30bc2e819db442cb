#include "base/text/svg_block.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace hlaunch {
namespace {

// Sans-serif text is about this wide a character; panels are sized before any font is known.
constexpr double width_per_font_pixel = 0.58;

double text_width(std::string_view text, double font_pixels) {
    const auto starts = std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;  // a UTF-8 sequence counts once
    });
    return static_cast<double>(starts) * font_pixels * width_per_font_pixel;
}

std::string placed(const SvgBlock& block, double x, double y) {
    return fmt::format("<g transform=\"translate({:.1f},{:.1f})\">{}</g>\n", x, y, block.svg);
}

}  // namespace

SvgBlock svg_grid(const std::vector<SvgBlock>& blocks, std::size_t columns, double gap) {
    columns = std::max<std::size_t>(1, std::min(columns, blocks.size()));
    std::vector<double> widths(columns, 0);
    for (std::size_t i = 0; i < blocks.size(); ++i)
        widths[i % columns] = std::max(widths[i % columns], blocks[i].width);
    SvgBlock out;
    for (std::size_t row = 0; row < blocks.size(); row += columns) {
        double x = 0;
        double height = 0;
        const double y = row == 0 ? 0 : out.height + gap;
        for (std::size_t c = 0; c < columns && row + c < blocks.size(); ++c) {
            out.svg += placed(blocks[row + c], x, y);
            x += widths[c] + gap;
            height = std::max(height, blocks[row + c].height);
        }
        out.width = std::max(out.width, x - gap);
        out.height = y + height;
    }
    return out;
}

SvgBlock svg_grid_with_aspect(const std::vector<SvgBlock>& blocks, double aspect, double gap) {
    double width = 1;
    double height = 1;
    for (const auto& block : blocks) {
        width = std::max(width, block.width + gap);
        height = std::max(height, block.height + gap);
    }
    std::size_t best = 1;
    double best_miss = 0;
    for (std::size_t columns = 1; columns <= blocks.size(); ++columns) {
        const auto rows = (blocks.size() + columns - 1) / columns;
        const double miss =
            std::abs(std::log(static_cast<double>(columns) * width / (static_cast<double>(rows) * height) / aspect)) +
            (blocks.size() % columns == 0 ? 0.0 : 0.3);  // a full last row looks better
        if (columns == 1 || miss < best_miss) {
            best = columns;
            best_miss = miss;
        }
    }
    return svg_grid(blocks, best, gap);
}

SvgBlock svg_stack(const std::vector<SvgBlock>& blocks, double gap) {
    return svg_grid(blocks, 1, gap);
}

SvgBlock svg_panel(const SvgBlock& inner, std::string_view css_class, std::string_view title, std::string_view note,
                   double padding) {
    constexpr double font = 12;
    constexpr double title_height = 20;
    const double head = title.empty() ? 0 : title_height;
    const double needed = text_width(title, font) * 1.06 + text_width(note, font) + 14;
    SvgBlock out;
    out.width = std::max(inner.width, title.empty() ? 0 : needed) + 2 * padding;
    out.height = inner.height + head + 2 * padding;
    out.svg = fmt::format("<rect class=\"{}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"{:.1f}\"/>\n", css_class,
                          out.width, out.height, std::min(10.0, padding));
    if (!title.empty())
        out.svg += fmt::format("<text class=\"title\" x=\"{0:.1f}\" y=\"{1:.1f}\">{2}</text>\n", padding,
                               padding + font - 1, svg_escaped(title));
    if (!note.empty())
        out.svg += fmt::format("<text class=\"note\" text-anchor=\"end\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n",
                               out.width - padding, padding + font - 1, svg_escaped(note));
    out.svg += placed(inner, padding, padding + head);
    return out;
}

SvgBlock svg_text(std::string_view text, std::string_view css_class, double font_pixels) {
    return {text_width(text, font_pixels), std::ceil(font_pixels * 1.25),
            fmt::format("<text class=\"{}\" font-size=\"{}\" y=\"{:.1f}\">{}</text>\n", css_class, font_pixels,
                        font_pixels, svg_escaped(text))};
}

std::string svg_escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
        }
    }
    return out;
}

}  // namespace hlaunch
