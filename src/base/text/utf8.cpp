#include "base/text/utf8.h"

namespace hlaunch {
namespace {

constexpr std::uint32_t replacement = 0xFFFD;

bool is_scalar(std::uint32_t code_point) {
    return code_point <= 0x10FFFF && (code_point < 0xD800 || code_point > 0xDFFF);
}

}  // namespace

void append_utf8(std::string& text, std::uint32_t code_point) {
    if (!is_scalar(code_point)) code_point = replacement;
    const auto put = [&](std::uint32_t byte) { text.push_back(static_cast<char>(byte)); };
    if (code_point < 0x80) {
        put(code_point);
    } else if (code_point < 0x800) {
        put(0xC0 | code_point >> 6);
        put(0x80 | (code_point & 0x3F));
    } else if (code_point < 0x10000) {
        put(0xE0 | code_point >> 12);
        put(0x80 | (code_point >> 6 & 0x3F));
        put(0x80 | (code_point & 0x3F));
    } else {
        put(0xF0 | code_point >> 18);
        put(0x80 | (code_point >> 12 & 0x3F));
        put(0x80 | (code_point >> 6 & 0x3F));
        put(0x80 | (code_point & 0x3F));
    }
}

std::u32string decode_utf8(std::string_view text) {
    std::u32string result;
    for (std::size_t i = 0; i < text.size();) {
        const auto first = static_cast<unsigned char>(text[i++]);
        int more = 0;
        if (first >= 0xF0) {
            more = 3;
        } else if (first >= 0xE0) {
            more = 2;
        } else if (first >= 0xC0) {
            more = 1;
        }
        std::uint32_t code_point = more == 0 ? first : first & (0x3FU >> more);
        bool good = first < 0x80 || more > 0;
        for (; more > 0 && i < text.size(); --more) {
            const auto next = static_cast<unsigned char>(text[i]);
            if ((next & 0xC0) != 0x80) break;
            code_point = code_point << 6 | (next & 0x3FU);
            ++i;
        }
        good = good && more == 0 && is_scalar(code_point);
        result.push_back(static_cast<char32_t>(good ? code_point : replacement));
    }
    return result;
}

}  // namespace hlaunch
