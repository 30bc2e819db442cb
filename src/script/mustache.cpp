#include "script/mustache.h"

#include <set>

#include "base/error.h"
#include "base/text/nearest_name.h"
#include "base/text/printable.h"
#include "script/mustache_node.h"

namespace hlaunch {
namespace {

using Node = MustacheNode;
using Json = nlohmann::json;

std::string text_of(const Json& value) {
    if (value.is_null()) return {};
    if (value.is_string()) return value.get<std::string>();
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool holds(const Json& value) {
    return !value.is_null() && value != Json(false) && !(value.is_array() && value.empty());
}

std::string indented(const std::string& text, const std::string& indent) {
    if (indent.empty()) return text;
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size() - 1) + 1;
        out += indent + text.substr(at, end - at);
        at = end;
    }
    return out;
}

class Renderer {
  public:
    Renderer(const Json& context, const MustacheRules& rules) : rules_(rules) { stack_.push_back(&context); }

    void render(const std::vector<Node>& nodes, const std::string& file) {
        for (const auto& node : nodes) {
            switch (node.kind) {
                case Node::Kind::text:
                    out_ += node.text;
                    break;
                case Node::Kind::variable:
                    out_ += rules_.escape(text_of(value_of(node, file)));
                    break;
                case Node::Kind::raw:
                    out_ += text_of(value_of(node, file));
                    break;
                case Node::Kind::section:
                    section(node, file);
                    break;
                case Node::Kind::inverted:
                    if (!holds(value_of(node, file))) render(node.children, file);
                    break;
                case Node::Kind::partial:
                    partial(node, file);
                    break;
            }
        }
    }
    std::string take() { return std::move(out_); }

  private:
    [[noreturn]] void fail(const Node& node, const std::string& file, const std::string& what) const {
        throw usage_error("template {}, line {}, column {}: {}", printable(file), node.line, node.column,
                          printable(what));
    }

    // By its first part from the innermost context outwards, by the others only within what was found.
    [[nodiscard]] const Json* find(const std::string& name) const {
        if (name == ".") return stack_.back();
        auto rest = std::string_view(name);
        const auto first = std::string(rest.substr(0, rest.find('.')));
        for (auto level = stack_.rbegin(); level != stack_.rend(); ++level) {
            if (!(*level)->is_object() || !(*level)->contains(first)) continue;
            const Json* out = &(**level)[first];
            while (rest.find('.') != std::string_view::npos) {
                rest.remove_prefix(rest.find('.') + 1);
                const auto next = std::string(rest.substr(0, rest.find('.')));
                if (!out->is_object() || !out->contains(next)) return nullptr;
                out = &(*out)[next];
            }
            return out;
        }
        return nullptr;
    }

    [[nodiscard]] const Json& value_of(const Node& node, const std::string& file) const {
        static const Json nothing;
        if (const auto* found = find(node.text)) return *found;
        if (!rules_.strict) return nothing;
        std::set<std::string> names;
        for (const auto* level : stack_)
            if (level->is_object())
                for (const auto& [name, value] : level->items()) names.insert(name);
        const std::vector<std::string> known(names.begin(), names.end());
        const auto near = nearest_name(node.text, known);
        fail(node, file,
             fmt::format("there is no variable '{}'{}", node.text,
                         near ? fmt::format("; did you mean '{}'?", *near) : "; see --explain"));
    }

    void section(const Node& node, const std::string& file) {
        const auto& value = value_of(node, file);
        if (!holds(value)) return;
        if (!value.is_array()) return within(value, node, file);
        for (const auto& item : value) within(item, node, file);
    }

    void within(const Json& value, const Node& node, const std::string& file) {
        stack_.push_back(&value);
        render(node.children, file);
        stack_.pop_back();
    }

    void partial(const Node& node, const std::string& file) {
        const auto text = rules_.partial ? rules_.partial(node.text) : std::nullopt;
        if (!text && rules_.strict) fail(node, file, fmt::format("there is no template '{}' to put here", node.text));
        if (!text) return;
        if (++depth_ > deepest_partials)
            fail(node, file,
                 fmt::format("partials are nested more than {} deep; does one hold itself?", deepest_partials));
        render(parse_mustache(indented(*text, node.indent), node.text), node.text);
        --depth_;
    }

    const MustacheRules& rules_;
    std::vector<const Json*> stack_;
    std::string out_;
    std::size_t depth_ = 0;
};

void collect(const std::vector<Node>& nodes, std::vector<std::string>& into) {
    for (const auto& node : nodes) {
        if (node.kind != Node::Kind::text) into.push_back(node.text);
        collect(node.children, into);
    }
}

}  // namespace

Mustache::Mustache(std::string text, std::string name)
    : name_(std::move(name)), nodes_(std::make_shared<const std::vector<Node>>(parse_mustache(text, name_))) {}

Mustache::~Mustache() = default;
Mustache::Mustache(Mustache&&) noexcept = default;

std::string Mustache::render(const nlohmann::json& context, const MustacheRules& rules) const {
    Renderer renderer(context, rules);
    renderer.render(*nodes_, name_);
    return renderer.take();
}

std::vector<std::string> Mustache::names() const {
    std::vector<std::string> out;
    collect(*nodes_, out);
    return out;
}

}  // namespace hlaunch
