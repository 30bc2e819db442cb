#include "cli/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "base/nearest_name.h"
#include "base/toml_text.h"

namespace hlaunch {
namespace {

constexpr std::array known_keys{
    "app.command", "run.mode",  "run.per",     "run.instances", "run.reserve_cores",  "run.num_workers", "run.split",
    "run.accept",  "run.plots", "run.grace_s", "run.jit_cache", "run.jit_cache_size", "run.learned",
};

std::string scalar_text(const toml::node& node, const std::string& key) {
    if (const auto text = node.value_exact<std::string>()) return *text;
    if (const auto number = node.value_exact<int64_t>()) return fmt::format("{}", *number);
    if (const auto real = node.value_exact<double>()) return fmt::format("{}", *real);
    if (const auto flag = node.value_exact<bool>()) return *flag ? "true" : "false";
    throw usage_error("{} is neither text, number nor list of these", key);
}

void collect(const toml::table& table, const std::string& prefix, const std::string& path,
             std::map<std::string, Setting>& into) {
    for (const auto& [name, node] : table) {
        const auto key = prefix + std::string(name.str());
        const auto where = fmt::format("{}:{}", path, node.source().begin.line);
        if (const auto* inner = node.as_table()) {
            collect(*inner, key + ".", path, into);
            continue;
        }
        // Those of a site are looked at where they are used (script/site.h).
        if (!key.starts_with("site.") && std::find(known_keys.begin(), known_keys.end(), key) == known_keys.end()) {
            const std::vector<std::string> known(known_keys.begin(), known_keys.end());
            const auto near = nearest_name(key, known);
            throw usage_error("{}: setting {} is unknown; {}known are {}", where, key,
                              near ? fmt::format("did you mean {}? ", *near) : "", fmt::join(known_keys, ", "));
        }
        Setting setting{{}, where, name.source().begin.column};
        if (const auto* list = node.as_array())
            for (const auto& item : *list) setting.values.push_back(scalar_text(item, where + " " + key));
        else
            setting.values.push_back(scalar_text(node, where + " " + key));
        if (setting.values.empty() && key != "run.accept")
            throw usage_error("{}: {} is an empty list; give a value or leave it out", where, key);
        into.try_emplace(key, setting);  // a stronger file was read before
    }
}

void parse_into(const std::string& text, const std::string& path, std::map<std::string, Setting>& into) {
    collect(parse_toml(text, path), "", path, into);
}

}  // namespace

std::optional<std::string> user_config_folder() {
    const char* xdg = std::getenv("XDG_CONFIG_HOME");
    const char* home = std::getenv("HOME");
    if (xdg != nullptr && *xdg != '\0') return std::string(xdg) + "/hlaunch";
    if (home != nullptr && *home != '\0') return std::string(home) + "/.config/hlaunch";
    return std::nullopt;
}

std::vector<std::string> Settings::default_paths() {
    std::vector<std::string> out{"hlaunch.toml"};
    if (const auto folder = user_config_folder()) out.push_back(*folder + "/hlaunch.toml");
    out.emplace_back("/etc/hlaunch.toml");
    return out;
}

Settings Settings::load(const std::vector<std::string>& paths) {
    Settings out;
    for (const auto& path : paths) {
        std::error_code ignored;
        if (!std::filesystem::exists(path, ignored)) continue;
        if (!std::filesystem::is_regular_file(path, ignored) || std::filesystem::file_size(path, ignored) > (1U << 20U))
            throw usage_error("{} is no settings file (a regular file of at most 1 MiB); mend or remove it", path);
        std::ifstream file(path, std::ios::binary);
        std::stringstream text;
        text << file.rdbuf();
        if (!file) throw usage_error("{} cannot be read; mend or remove it", path);
        parse_into(text.str(), path, out.values_);
    }
    return out;
}

Settings Settings::of_text(const std::string& text, const std::string& path) {
    Settings out;
    parse_into(text, path, out.values_);
    return out;
}

const Setting* Settings::find(const std::string& dotted_key) const {
    const auto at = values_.find(dotted_key);
    return at == values_.end() ? nullptr : &at->second;
}

}  // namespace hlaunch
