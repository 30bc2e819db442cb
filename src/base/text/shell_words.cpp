#include "base/text/shell_words.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "base/text/shell_quote.h"

namespace hlaunch {
namespace {

using std::string_view_literals::operator""sv;

constexpr char quoted = '\1';  // in place of a character that was quoted

// What only the shell itself can do, or begin. Some systems have programs of these names, which do nothing of use.
constexpr std::array own_words{
    "."sv,        "alias"sv, "break"sv,  "case"sv,  "cd"sv,    "continue"sv, "declare"sv,  "do"sv,     "done"sv,
    "elif"sv,     "else"sv,  "esac"sv,   "eval"sv,  "exec"sv,  "exit"sv,     "export"sv,   "fi"sv,     "for"sv,
    "function"sv, "if"sv,    "local"sv,  "popd"sv,  "pushd"sv, "read"sv,     "readonly"sv, "return"sv, "select"sv,
    "set"sv,      "shift"sv, "source"sv, "then"sv,  "trap"sv,  "typeset"sv,  "ulimit"sv,   "umask"sv,  "unalias"sv,
    "unset"sv,    "until"sv, "wait"sv,   "while"sv, "!"sv,     "{"sv,        "}"sv};

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// "A=1", "A+=1": how long its beginning up to and with the '=' is; 0: it is none.
std::size_t assignment(std::string_view word) {
    std::size_t at = 0;
    while (at < word.size() && (is_letter(word[at]) || (at > 0 && is_digit(word[at])))) ++at;
    if (at == 0) return 0;
    if (at + 1 < word.size() && word[at] == '+') ++at;
    return at < word.size() && word[at] == '=' ? at + 1 : 0;
}

// Where a pattern of file names or a list in braces begins. A lone bracket, {} and {name} are mere text.
std::size_t expansion(std::string_view word) {
    const auto last = word.find_last_of("]}");
    for (std::size_t at = 0; at < word.size(); ++at) {
        const char c = word[at];
        if (c == '*' || c == '?') return at;
        if ((c != '[' && c != '{') || last == std::string_view::npos || at > last) continue;
        const auto end = word.find(c == '[' ? ']' : '}', at + (c == '[' ? 2 : 1));
        if (end == std::string_view::npos) continue;
        const auto inside = word.substr(at + 1, end - at - 1);
        if (c == '[' || inside.find(',') != std::string_view::npos || inside.find("..") != std::string_view::npos)
            return at;
    }
    return std::string_view::npos;
}

class Line {
  public:
    explicit Line(std::string_view text) : text_(text) {
        // Of a file with the line ends of Windows.
        while (!text_.empty() && (text_.back() == '\r' || text_.back() == '\n')) text_.remove_suffix(1);
    }

    std::vector<std::string> words() {
        for (; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (c == '\'' || c == '"') {
                begin_word();
                quote(c);
            } else if (continued()) {
                ++at_;
            } else if (c == '\\') {
                begin_word();
                escape();
            } else if (c == ' ' || c == '\t') {
                end_word();
            } else if (c == '\r' || c == '\n') {
                end_word();
                if (text_.find_first_not_of(" \t\r\n", at_) != std::string_view::npos && !out_.empty())
                    throw usage_error(
                        "a {} ends a command, and more follows in column {}: write one command a line, with the line "
                        "ends of Unix",
                        c == '\r' ? "carriage return" : "newline", at_ + 2);
            } else {
                if ("|&;<>()`"sv.find(c) != std::string_view::npos || (c == '$' && expands())) refuse(at_, 1);
                begin_word();
                add(c, c);
            }
        }
        end_word();
        return std::move(out_);
    }

  private:
    [[noreturn]] void refuse(std::size_t at, std::size_t length, const char* instead = nullptr) const {
        const auto whole = std::string(text_.substr(std::min(text_.find_first_not_of(" \t\r\n"), text_.size())));
        const auto remedy = instead != nullptr   ? std::string(instead)
                            : whole.size() <= 80 ? "quote it, or let a shell read all: sh -c " + shell_quote(whole)
                                                 : "quote it, or let a shell read all: sh -c '...'";
        throw usage_error("{} in column {} is shell syntax, but no shell reads it: {}",
                          shell_quote(text_.substr(at, length)), at + 1, remedy);
    }

    void begin_word() {
        if (!std::exchange(inside_, true)) begin_ = at_;
    }
    void add(char c, char plain) {
        word_ += c;
        plain_ += plain;
    }

    void quote(char mark) {
        const auto begin = at_;
        for (++at_; at_ < text_.size() && text_[at_] != mark; ++at_) {
            if (mark == '"' && continued())
                ++at_;
            else if (mark == '"' && text_[at_] == '\\')
                escape(true);
            else
                add(text_[at_], quoted);
        }
        if (at_ >= text_.size()) throw usage_error("a quote ({}) in column {} is not closed", mark, begin + 1);
        plain_ += quoted;  // an empty one counts, too
    }

    // A backslash before a newline: sh removes both.
    [[nodiscard]] bool continued() const { return text_.substr(at_, 2) == "\\\n"; }

    void escape(bool in_quotes = false) {
        if (at_ + 1 == text_.size()) throw usage_error("it ends in a backslash; a command goes on one line");
        const char next = text_[++at_];
        if (in_quotes && "\"\\$`"sv.find(next) == std::string_view::npos) add('\\', quoted);
        add(next, quoted);
    }

    // Whether the '$' here begins something, as in $HOME, ${HOME}, $(date), $1, $'\n'.
    [[nodiscard]] bool expands() const {
        if (at_ + 1 == text_.size()) return false;
        const char next = text_[at_ + 1];
        return is_letter(next) || is_digit(next) || "{([@*#?-$!'\""sv.find(next) != std::string_view::npos;
    }

    void end_word() {
        if (!std::exchange(inside_, false)) return;
        const std::string_view plain = plain_;
        if (plain.starts_with('#')) refuse(begin_, 1, "leave the comment out, or quote the #");
        const auto name = assignment(plain);
        if (plain.starts_with('~')) refuse(begin_, 1);
        if (const auto home = plain.find('~'); name > 0 && home != std::string_view::npos)
            if (plain[home - 1] == '=' || plain[home - 1] == ':') refuse(begin_, at_ - begin_);
        if (out_.empty()) {
            if (name > 0) refuse(begin_, at_ - begin_, "write env before it");
            if (std::find(own_words.begin(), own_words.end(), plain) != own_words.end())
                refuse(begin_, at_ - begin_, "each line is a process of its own; for several steps write sh -c '...'");
        }
        if (expansion(plain) != std::string_view::npos) refuse(begin_, at_ - begin_);
        out_.push_back(std::exchange(word_, {}));
        plain_.clear();
    }

    std::string_view text_;
    std::size_t at_ = 0, begin_ = 0;
    bool inside_ = false;
    std::string word_, plain_;
    std::vector<std::string> out_;
};

}  // namespace

std::vector<std::string> split_shell_words(std::string_view line) {
    return Line(line).words();
}

}  // namespace hlaunch
