#include "homodyne/config/yaml_text.h"

#include "base/error.h"

namespace hlaunch::homodyne {
namespace {

constexpr unsigned deepest = 500;  // yaml-cpp's own limit of nesting
constexpr std::size_t most_nodes = 1'000'000;

void walk(const YAML::Node& node, unsigned depth, std::size_t& nodes) {
    if (depth > deepest) throw YAML::Exception(node.Mark(), "an alias inside itself, or too deep a nesting");
    if (++nodes > most_nodes) throw YAML::Exception(node.Mark(), "aliases unfold to more than a million values");
    if (node.IsSequence())
        for (const auto& item : node) walk(item, depth + 1, nodes);
    if (node.IsMap())
        for (const auto& entry : node) {
            walk(entry.first, depth + 1, nodes);
            walk(entry.second, depth + 1, nodes);
        }
}

}  // namespace

YAML::Node load_yaml(const std::string& text) {
    try {
        auto root = YAML::Load(text);
        std::size_t nodes = 0;
        walk(root, 0, nodes);
        return root;
    } catch (const YAML::Exception&) {
        throw;
    } catch (const std::exception& error) {
        throw YAML::Exception(YAML::Mark(), error.what());
    }
}

void check_is_config(const std::string& text, const std::string& name) {
    try {
        if (!load_yaml(text).IsMap())
            throw usage_error(
                "config {} holds no settings (no mapping at its top); homodyne would silently run its defaults", name);
    } catch (const YAML::Exception& error) {
        throw usage_error("config {} is not YAML at line {}, column {}: {}; homodyne would silently run its defaults",
                          name, error.mark.line + 1, error.mark.column + 1, error.msg);
    }
}

}  // namespace hlaunch::homodyne
