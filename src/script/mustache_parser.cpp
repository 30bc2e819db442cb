#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/text/printable.h"
#include "base/trimmed.h"
#include "script/mustache_node.h"

namespace hlaunch {
namespace {

using Node = MustacheNode;

class Parser {
  public:
    Parser(std::string_view text, const std::string& name) : text_(text), name_(name) { open_.emplace_back(); }

    std::vector<Node> parse() {
        while (at_ < text_.size()) {
            const auto tag = text_.find(begin_, at_);
            if (tag == std::string_view::npos) break;
            take_tag(tag);
        }
        add_text(text_.substr(at_));
        if (open_.size() > 1) fail(open_.back().at, "section '{}' has no end", open_.back().node.text);
        return std::move(open_.front().node.children);
    }

  private:
    struct Open {
        Node node;
        std::size_t at = 0;
    };

    template <class... Args>
    [[noreturn]] void fail(std::size_t at, fmt::format_string<Args...> what, Args&&... args) const {
        const auto [line, column] = place(at);
        throw usage_error("template {}, line {}, column {}: {}", printable(name_), line, column,
                          printable(fmt::format(what, std::forward<Args>(args)...)));
    }

    [[nodiscard]] std::pair<std::size_t, std::size_t> place(std::size_t at) const {
        const auto before = text_.substr(0, at);
        const auto line = before.rfind('\n');
        return {1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')),
                at - (line == std::string_view::npos ? 0 : line + 1) + 1};
    }

    void add_text(std::string_view text) {
        if (text.empty()) return;
        Node node;
        node.text = text;
        open_.back().node.children.push_back(std::move(node));
    }

    // The blanks before a tag that begins its line; nothing: something else does.
    [[nodiscard]] std::optional<std::size_t> line_begin(std::size_t tag) const {
        auto from = tag;
        while (from > 0 && (text_[from - 1] == ' ' || text_[from - 1] == '\t')) --from;
        if (from == 0 || text_[from - 1] == '\n') return from;
        return std::nullopt;
    }

    // Where the next line begins, if only blanks follow.
    [[nodiscard]] std::optional<std::size_t> line_end(std::size_t from) const {
        while (from < text_.size() && (text_[from] == ' ' || text_[from] == '\t')) ++from;
        if (from == text_.size()) return from;
        if (text_.substr(from, 2) == "\r\n") return from + 2;
        if (text_[from] == '\n') return from + 1;
        return std::nullopt;
    }

    void take_tag(std::size_t tag) {
        const auto inside = tag + begin_.size();
        const auto mark_at = text_.find_first_not_of(" \t\r\n", inside);
        const char mark = mark_at == std::string_view::npos ? '\0' : text_[mark_at];
        const bool marked = std::string_view("!#^/>&{=").find(mark) != std::string_view::npos && mark != '\0';
        const std::string close = mark == '{' ? "}" + end_ : mark == '=' ? "=" + end_ : end_;
        const auto content = marked ? mark_at + 1 : inside;
        const auto end = text_.find(close, content);
        if (end == std::string_view::npos) fail(tag, "a tag is not closed with {}", close);
        const auto body = trimmed(text_.substr(content, end - content));
        const auto after = end + close.size();

        const bool may_stand_alone =
            mark == '!' || mark == '#' || mark == '^' || mark == '/' || mark == '>' || mark == '=';
        const auto from = line_begin(tag);
        const auto next = line_end(after);
        const bool alone = marked && may_stand_alone && from && next;
        add_text(text_.substr(at_, (alone ? std::max(*from, at_) : tag) - at_));
        at_ = alone ? *next : after;
        act(tag, marked ? mark : '\0', body, alone ? std::string(text_.substr(*from, tag - *from)) : std::string());
    }

    void act(std::size_t tag, char mark, std::string_view body, std::string indent) {
        if (mark == '!') return;
        if (mark == '=') return change_delimiters(tag, body);
        if (body.empty()) fail(tag, "a tag without a name");
        if (body.find_first_of(" \t\r\n") != std::string_view::npos) fail(tag, "'{}' is no name: it has a blank", body);
        if (mark == '/') return close_section(tag, body);
        Node node;
        node.text = body;
        std::tie(node.line, node.column) = place(tag);
        switch (mark) {
            case '#':
            case '^':
                node.kind = mark == '#' ? Node::Kind::section : Node::Kind::inverted;
                if (open_.size() > deepest_sections)
                    fail(tag, "sections are nested more than {} deep", deepest_sections);
                open_.push_back({std::move(node), tag});
                return;
            case '>':
                node.kind = Node::Kind::partial;
                node.indent = std::move(indent);
                break;
            case '&':
            case '{':
                node.kind = Node::Kind::raw;
                break;
            default:
                node.kind = Node::Kind::variable;
        }
        open_.back().node.children.push_back(std::move(node));
    }

    void close_section(std::size_t tag, std::string_view body) {
        if (open_.size() == 1) fail(tag, "'{}' ends a section that was not begun", body);
        if (open_.back().node.text != body) fail(tag, "'{}' ends section '{}'", body, open_.back().node.text);
        auto done = std::move(open_.back().node);
        open_.pop_back();
        open_.back().node.children.push_back(std::move(done));
    }

    void change_delimiters(std::size_t tag, std::string_view body) {
        const auto blank = body.find_first_of(" \t\r\n");
        const auto first = body.substr(0, blank);
        const auto second = blank == std::string_view::npos ? std::string_view() : trimmed(body.substr(blank));
        const auto bad = [](std::string_view word) {
            return word.empty() || word.find_first_of("= \t\r\n") != std::string_view::npos;
        };
        if (bad(first) || bad(second)) fail(tag, "'{}' are no two delimiters", body);
        begin_ = first;
        end_ = second;
    }

    std::string_view text_;
    const std::string& name_;
    std::string begin_ = "{{", end_ = "}}";
    std::size_t at_ = 0;
    std::vector<Open> open_;
};

}  // namespace

std::vector<Node> parse_mustache(std::string_view text, const std::string& name) {
    return Parser(text, name).parse();
}

}  // namespace hlaunch
