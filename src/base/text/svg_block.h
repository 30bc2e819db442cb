// Pieces of a drawing that know their size, and how to set them side by side.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hlaunch {

struct SvgBlock {
    double width = 0;  // pixels
    double height = 0;
    std::string svg;  // drawn from (0, 0)
};

// Left to right, `columns` a row, rows below each other, columns aligned.
[[nodiscard]] SvgBlock svg_grid(const std::vector<SvgBlock>& blocks, std::size_t columns, double gap);
// As many columns as come nearest to the wanted width : height.
[[nodiscard]] SvgBlock svg_grid_with_aspect(const std::vector<SvgBlock>& blocks, double aspect, double gap);
[[nodiscard]] SvgBlock svg_stack(const std::vector<SvgBlock>& blocks, double gap);
// A titled panel around a block; the CSS class gives its colours.
[[nodiscard]] SvgBlock svg_panel(const SvgBlock& inner, std::string_view css_class, std::string_view title,
                                 std::string_view note, double padding);
[[nodiscard]] SvgBlock svg_text(std::string_view text, std::string_view css_class, double font_pixels);
[[nodiscard]] std::string svg_escaped(std::string_view text);

}  // namespace hlaunch
