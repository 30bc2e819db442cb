#include "cli/options/settings.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/text/nearest_name.h"
#include "base/text/toml_text.h"
#include "job/request/option_table.h"
#include "plan/placement.h"

namespace hlaunch {
namespace {

const std::map<std::string, SettingRule>& known_keys() {
    static const auto keys = [] {
        std::map<std::string, SettingRule> out{{"trust.folders", {.kind = SettingRule::Kind::text, .list = true}}};
        for (const auto& row : option_table())
            if (!row.key.empty()) out.emplace(row.key, row.rule);
        return out;
    }();
    return keys;
}

void add_scalar(Setting& setting, const toml::node& node, const std::string& key) {
    const auto add = [&](std::string value, ValueType type) {
        setting.values.push_back(std::move(value));
        setting.types.push_back(type);
    };
    if (const auto text = node.value_exact<std::string>()) return add(*text, ValueType::text);
    if (const auto number = node.value_exact<int64_t>()) return add(fmt::format("{}", *number), ValueType::whole);
    if (const auto real = node.value_exact<double>()) return add(fmt::format("{}", *real), ValueType::real);
    if (const auto flag = node.value_exact<bool>()) return add(*flag ? "true" : "false", ValueType::flag);
    throw usage_error("{} is neither text, number nor list of these; a time or date is written in quotes", key);
}

void check_value(const std::string& key, const Setting& setting) {
    const auto& keys = known_keys();
    const auto known = keys.find(key);
    if (known == keys.end()) {
        std::vector<std::string> names;
        for (const auto& [name, rule] : keys) names.push_back(name);
        const auto near = nearest_name(key, names);
        throw usage_error("{}: setting {} is unknown; {}known are {}", setting.source, key,
                          near ? fmt::format("did you mean {}? ", *near) : "", fmt::join(names, ", "));
    }
    if (const auto why = why_not(known->second, setting.values, setting.types, setting.list))
        throw usage_error("{}: {}: {}", setting.source, key, *why);
    if (key == "run.per") try {
            PlacementRequest request;
            parse_per(setting.values.front(), request);
        } catch (const Error& error) {
            throw usage_error("{}: {}: {}", setting.source, key, error.what());
        }
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
        Setting setting{.values = {}, .source = where, .column = name.source().begin.column};
        const auto* list = node.as_array();
        setting.list = list != nullptr;
        if (list != nullptr)
            for (const auto& item : *list) add_scalar(setting, item, where + " " + key);
        else
            add_scalar(setting, node, where + " " + key);
        if (setting.values.empty() && key != "run.accept")
            throw usage_error("{}: {} is an empty list; give a value or leave it out", where, key);
        if (!key.starts_with("site."))
            check_value(key, setting);  // those of a site where they are used (script/site.h)
        into.try_emplace(key, setting);
    }
}

void parse_into(const std::string& text, const std::string& path, std::map<std::string, Setting>& into) {
    collect(parse_toml(text, path), "", path, into);
}

}  // namespace

void Settings::add_weaker(const Settings& other) {
    values_.insert(other.values_.begin(), other.values_.end());  // what is there stays
    files_.insert(files_.end(), other.files_.begin(), other.files_.end());
}

Settings Settings::of_text(const std::string& text, const std::string& path) {
    Settings out;
    parse_into(text, path, out.values_);
    std::vector<std::string> keys;
    for (const auto& [key, setting] : out.values_) keys.push_back(key);
    out.files_.push_back(keys.empty() ? path : fmt::format("{} ({})", path, fmt::join(keys, ", ")));
    return out;
}

const Setting* Settings::find(const std::string& dotted_key) const {
    const auto at = values_.find(dotted_key);
    return at == values_.end() ? nullptr : &at->second;
}

}  // namespace hlaunch
