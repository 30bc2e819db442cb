#include "homodyne/config/yaml_edit.h"

#include <yaml-cpp/eventhandler.h>

#include <algorithm>
#include <sstream>

#include "homodyne/config/yaml_text.h"

namespace hlaunch::homodyne {
namespace {

// Mappings are compared key by key, in their order.
bool same(const YAML::Node& a, const YAML::Node& b) {
    if (a.Type() != b.Type() || a.Tag() != b.Tag()) return false;
    if (a.IsScalar()) return a.Scalar() == b.Scalar();
    if (a.size() != b.size()) return false;
    auto other = b.begin();
    for (auto it = a.begin(); it != a.end(); ++it, ++other) {
        if (a.IsSequence() ? !same(*it, *other) : !same(it->first, other->first) || !same(it->second, other->second))
            return false;
    }
    return true;
}

// Undefined also where a key of the path stands twice: this reader takes the first, PyYAML the last.
YAML::Node at(const YAML::Node& root, const std::vector<std::string>& path, std::size_t depth) {
    YAML::Node node = root;
    for (std::size_t i = 0; i < depth && node.IsDefined(); ++i) {
        const auto is_key = [&](const auto& entry) {
            return entry.first.IsScalar() && entry.first.Scalar() == path[i];
        };
        if (!node.IsMap() || std::count_if(node.begin(), node.end(), is_key) > 1)
            return YAML::Node(YAML::NodeType::Undefined);
        node.reset(node[path[i]]);
    }
    return node;
}

// Of a line and column as the reader counts them: bytes, from 0.
std::optional<std::size_t> offset_of(const std::string& text, const YAML::Mark& mark) {
    if (mark.is_null()) return std::nullopt;
    std::size_t from = text.starts_with("\xef\xbb\xbf") ? 3 : 0;
    for (int line = 0; line < mark.line; ++line) {
        from = text.find('\n', from);
        if (from == std::string::npos) return std::nullopt;
        ++from;
    }
    from += static_cast<std::size_t>(mark.column);
    return from < text.size() ? std::optional(from) : std::nullopt;
}

std::size_t end_of_scalar(const std::string& text, std::size_t from) {
    if (text[from] == '"' || text[from] == '\'') {
        const auto quote = text[from];
        auto end = from + 1;
        while (end < text.size() && text[end] != quote) end += quote == '"' && text[end] == '\\' ? 2 : 1;
        return std::min(end + 1, text.size());
    }
    // Plain, on one line: up to a comment, the end of a flow collection, or the end of the line.
    auto end = from;
    while (end < text.size() && text[end] != '\n' && text[end] != '\r' && text[end] != ',' && text[end] != '}' &&
           text[end] != ']' && !(text[end] == '#' && end > from && (text[end - 1] == ' ' || text[end - 1] == '\t')))
        ++end;
    while (end > from && (text[end - 1] == ' ' || text[end - 1] == '\t')) --end;
    return end;
}

std::optional<std::string> replaced(const std::string& text, const YAML::Node& scalar, const ConfigEdit& edit) {
    const auto from = offset_of(text, scalar.Mark());
    if (!from) return std::nullopt;
    auto out = text;
    return out.replace(*from, end_of_scalar(text, *from) - *from, edit.value);
}

// A line "  key: value" before the mapping's first key.
std::optional<std::string> inserted(const std::string& text, const YAML::Node& mapping, const ConfigEdit& edit) {
    if (!mapping.IsMap() || mapping.size() == 0 || mapping.Style() == YAML::EmitterStyle::Flow) return std::nullopt;
    const auto first = offset_of(text, mapping.begin()->first.Mark());
    if (!first) return std::nullopt;
    const auto line = text.rfind('\n', *first) == std::string::npos ? 0 : text.rfind('\n', *first) + 1;
    const auto indent = text.substr(line, *first - line);
    if (indent.find_first_not_of(' ') != std::string::npos) return std::nullopt;
    auto out = text;
    return out.insert(line, indent + edit.path.back() + ": " + edit.value + "\n");
}

// Everything but what the path names is the same; the last key of the path may be new.
bool same_but(const YAML::Node& before, const YAML::Node& after, const std::vector<std::string>& path,
              std::size_t depth = 0) {
    if (depth == path.size()) return true;
    if (!before.IsMap() || !after.IsMap()) return false;
    std::size_t added = 0;
    for (const auto& entry : after) {
        const bool on_path = entry.first.IsScalar() && entry.first.Scalar() == path[depth];
        const auto old =
            std::find_if(before.begin(), before.end(), [&](const auto& it) { return same(it.first, entry.first); });
        if (old == before.end()) {
            if (!on_path || depth + 1 != path.size()) return false;
            ++added;
        } else if (on_path ? !same_but(old->second, entry.second, path, depth + 1) : !same(old->second, entry.second)) {
            return false;
        }
    }
    return after.size() == before.size() + added;
}

bool only_this_changed(const std::string& before, const std::string& after, const ConfigEdit& edit) {
    const auto now = load_yaml(after);
    const auto read = at(now, edit.path, edit.path.size());
    return read.IsDefined() && same(read, load_yaml(edit.value)) && same_but(load_yaml(before), now, edit.path);
}

// Hears of everything and keeps nothing.
class Deaf final : public YAML::EventHandler {
  public:
    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}
};

// Asks for no third document: of some broken texts YAML::LoadAll makes documents without end (a finding of the fuzzer).
bool is_one_document(const std::string& text) {
    std::istringstream in(text);
    YAML::Parser parser(in);
    Deaf handler;
    return parser.HandleNextDocument(handler) && !parser.HandleNextDocument(handler);
}

std::optional<std::string> edited(const std::string& text, const ConfigEdit& edit) {
    try {
        if (edit.path.empty() || !is_one_document(text)) return std::nullopt;
        const auto root = load_yaml(text);
        const auto node = at(root, edit.path, edit.path.size());
        const bool there = node.IsDefined();
        if (there && !node.IsScalar()) return std::nullopt;
        const auto parent = at(root, edit.path, edit.path.size() - 1);
        if (!parent.IsDefined()) return std::nullopt;
        const auto out = there ? replaced(text, node, edit) : inserted(text, parent, edit);
        if (!out || !only_this_changed(text, *out, edit)) return std::nullopt;
        return out;
    } catch (const YAML::Exception&) {
        return std::nullopt;
    }
}

}  // namespace

std::optional<std::string> edit_yaml(const std::string& text, const ConfigEdit& edit) {
    auto out = edited(text, edit);
    // What would be edited again has not been read as it was meant.
    return out && edited(*out, edit) == out ? out : std::nullopt;
}

}  // namespace hlaunch::homodyne
