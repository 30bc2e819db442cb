#include <fmt/format.h>

#include <set>

#include "base/error.h"
#include "base/text/printable.h"
#include "base/text/toml_text.h"
#include "campaign/scan_table.h"

namespace hlaunch {
namespace {

std::string text_of(const toml::node& node, const std::string& where, std::string_view key) {
    if (const auto text = node.value_exact<std::string>()) {
        if (text->find('\0') != std::string::npos) throw usage_error("{}: {} holds a NUL byte", where, key);
        return *text;
    }
    if (const auto number = node.value_exact<int64_t>()) return fmt::format("{}", *number);
    if (const auto real = node.value_exact<double>()) return fmt::format("{}", *real);
    if (const auto flag = node.value_exact<bool>()) return *flag ? "true" : "false";
    throw usage_error("{}: {} is neither text nor number", where, printable(key));
}

ScanEntry entry_of(const toml::table& table, const std::string& where) {
    ScanEntry out;
    out.where = where;
    for (const auto& [name, node] : table) {
        const std::string key(name.str());
        if (key == "q") {
            const auto q = node.is_number() ? node.value<double>() : std::nullopt;
            if (!q) throw usage_error("{}: q is no number; write it without quotes", where);
            out.q_per_angstrom = *q;
            continue;
        }
        if ((key == "data" || key == "config") && !node.is_string())
            throw usage_error("{}: {} is no text; write the file's name in quotes", where, key);
        auto text = text_of(node, where, key);
        if (key == "data")
            out.data = std::move(text);
        else if (key == "config")
            out.config = std::move(text);
        else if (key == "name")
            out.name = std::move(text);
        else
            out.labels.emplace_back(key, std::move(text));
    }
    if (out.data.empty()) throw usage_error("{}: a scan without data", where);
    return out;
}

}  // namespace

std::vector<ScanEntry> scans_from_toml(const std::string& text, const std::string& path) {
    const auto root = parse_toml(text, path);
    const auto* scans = root["scan"].as_array();
    if (scans == nullptr || root.size() != 1)
        throw usage_error("{}: tables [[scan]] are expected, each with data = \"FILE\", and nothing else", path);
    std::vector<ScanEntry> out;
    std::set<std::string, std::less<>> keys;
    for (const auto& scan : *scans) {
        const auto where = fmt::format("{}, line {}", path, scan.source().begin.line);
        const auto* table = scan.as_table();
        if (table == nullptr) throw usage_error("{}: no table; write [[scan]]", where);
        for (const auto& [key, node] : *table) keys.emplace(key.str());
        if (keys.size() > most_columns)
            throw usage_error("{}: the scans name more than {} keys; as many make no table that can be read", where,
                              most_columns);
        out.push_back(entry_of(*table, where));
    }
    return out;
}

}  // namespace hlaunch
