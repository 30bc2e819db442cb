// What a template is made of; between its parser and its renderer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hlaunch {

struct MustacheNode {
    enum class Kind { text, variable, raw, section, inverted, partial };
    Kind kind = Kind::text;
    std::string text;    // of text; else the name
    std::string indent;  // of a partial that stands alone on its line: goes before each of its lines
    std::size_t line = 1, column = 1;
    std::vector<MustacheNode> children;  // of a section
};

inline constexpr std::size_t deepest_sections = 100, deepest_partials = 50;

// Throws usage Error: an unclosed tag or section, another section's end, delimiters that are none.
[[nodiscard]] std::vector<MustacheNode> parse_mustache(std::string_view text, const std::string& name);

}  // namespace hlaunch
