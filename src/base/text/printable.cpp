#include "base/text/printable.h"

namespace hlaunch {
namespace {

bool continues(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

// Bytes of the printable character at the front; 0: none starts there.
std::size_t character_at(std::string_view text) {
    const auto first = static_cast<unsigned char>(text[0]);
    if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
    const std::size_t length = first >= 0xF0 && first < 0xF5 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
    if (length == 0 || first >= 0xF5 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if (!continues(text[i])) return 0;
    // U+0080 to U+009F are control characters, too; terminals obey some of them.
    if (first == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0) return 0;
    return length;
}

}  // namespace

std::string printable(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto length = character_at(text);
        if (length == 0)
            out += '?';
        else
            out += text.substr(0, length);
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return out;
}

std::size_t columns_of(std::string_view text) {
    std::size_t count = 0;
    for (const char c : text) count += continues(c) ? 0 : 1;
    return count;
}

std::string cut_to(std::string_view text, std::size_t columns) {
    if (columns_of(text) <= columns) return std::string(text);
    if (columns == 0) return {};
    std::size_t at = 0, seen = 0;
    for (; at < text.size(); ++at)
        if (!continues(text[at]) && ++seen == columns) break;
    return std::string(text.substr(0, at)) + "~";
}

}  // namespace hlaunch
