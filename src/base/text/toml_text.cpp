#include "base/text/toml_text.h"

#include <algorithm>
#include <string_view>

#include "base/error.h"

namespace hlaunch {
namespace {

// toml++ 3.3 runs into undefined behaviour on a character beyond ASCII outside of strings and comments. A text that has
// such characters is read only where they are in comments and in strings of one line, which begin where one can.
class WideCharacters {
  public:
    WideCharacters(const std::string& text, const std::string& path) : text_(text), path_(path) {}

    void check() {
        const auto wide = [](char letter) { return static_cast<unsigned char>(letter) >= 0x80; };
        at_ = text_.starts_with("\xef\xbb\xbf") ? 3 : 0;
        if (std::none_of(text_.begin() + static_cast<std::ptrdiff_t>(at_), text_.end(), wide)) return;
        for (; at_ < text_.size(); ++at_) {
            const char letter = text_[at_];
            if (wide(letter)) refuse("a character beyond ASCII outside of quotes");
            if (letter == '#') at_ = std::min(text_.find('\n', at_), text_.size() - 1);
            if (letter == '"' || letter == '\'') pass_string(letter);
        }
    }

  private:
    [[noreturn]] void refuse(const char* why) const {
        const auto end = text_.begin() + static_cast<std::ptrdiff_t>(std::min(at_, text_.size()));
        throw usage_error("{} is not TOML at line {}: {}", path_, 1 + std::count(text_.begin(), end, '\n'), why);
    }

    // toml++ takes all up to a blank, comma or closing bracket for one token, quotes and brackets too.
    [[nodiscard]] bool can_begin_here() const {
        auto at = at_;
        while (at > 0 && (text_[at - 1] == '[' || text_[at - 1] == '{')) --at;
        if (at == 0 || std::string_view(" \t\n,").find(text_[at - 1]) != std::string_view::npos) return true;
        const auto line = text_.rfind('\n', at - 1) + 1;  // 0 for the first
        return text_[at - 1] == '=' && text_.find('=', line) == at - 1;
    }

    void pass_string(char quote) {
        if (text_.compare(at_, 3, std::string(3, quote)) == 0)
            refuse("triple quotes, in a file with characters beyond ASCII; use single ones");
        if (!can_begin_here()) refuse("a quote in the middle of a value; put a blank before it");
        for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
            if (text_[at_] == '\\' && quote == '"') ++at_;
            if (at_ >= text_.size() || text_[at_] == '\n') break;
        }
        if (at_ >= text_.size() || text_[at_] != quote) refuse("a quote without its end");
    }

    const std::string& text_;
    const std::string& path_;
    std::size_t at_ = 0;
};

// A dotted key makes a table a part, each within the other, and toml++ goes down them one call a table.
void check_key_lengths(const std::string& text, const std::string& path) {
    constexpr unsigned most_parts = 1000;
    unsigned dots = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (std::string_view("=,[]{}\n").find(text[at]) != std::string_view::npos) dots = 0;
        if (text[at] == '.' && ++dots == most_parts)
            throw usage_error("{} is not TOML at line {}: a key of {} parts", path,
                              1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'),
                              most_parts);
    }
}

}  // namespace

toml::table parse_toml(const std::string& text, const std::string& path) {
    WideCharacters(text, path).check();
    check_key_lengths(text, path);
    try {
        return toml::parse(text, path);
    } catch (const toml::parse_error& error) {
        throw usage_error("{} is not TOML at line {}, column {}: {}", path, error.source().begin.line,
                          error.source().begin.column, error.description());
    } catch (const std::runtime_error& error) {
        throw usage_error("{} is not TOML: {}", path, error.what());
    }
}

}  // namespace hlaunch
