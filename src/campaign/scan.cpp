#include "campaign/scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/checksum.h"
#include "base/error.h"
#include "base/text/printable.h"
#include "campaign/result_columns.h"

namespace hlaunch {
namespace {

constexpr std::size_t longest_stem = 60, longest_name = 120;

bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-' || c == '+';
}

std::string stem_of(const std::string& path) {
    auto stem = path.substr(path.rfind('/') + 1);
    if (const auto dot = stem.rfind('.'); dot != std::string::npos && dot > 0) stem.resize(dot);
    std::replace_if(
        stem.begin(), stem.end(), [](char c) { return !is_plain(c); }, '_');
    if (stem.size() > longest_stem) stem.resize(longest_stem);
    if (stem.empty() || stem.front() == '.' || stem.front() == '-') stem.insert(0, "scan");
    return stem;
}

// No two scans have the same.
std::string meaning_of(const Scan& scan) {
    return fmt::format("{}\n{}\n{}", scan.data, scan.config,
                       scan.q_per_angstrom ? fmt::format("_q{}", *scan.q_per_angstrom) : "");
}

std::string made_name(const Scan& scan, std::size_t digits) {
    const auto q = scan.q_per_angstrom ? fmt::format("_q{}", *scan.q_per_angstrom) : "";
    const auto mark = checksum_hex(meaning_of(scan)).substr(0, digits);
    return fmt::format("{}{}_{}", stem_of(scan.data), q, mark);
}

void refuse_as_label(const std::string& name, const std::string& where) {
    if (is_result_column(name))
        throw usage_error("{}: a column '{}' is in the results already; give yours another name", where, name);
}

void check_name(const ScanEntry& entry) {
    const auto& name = entry.name;
    if (name.size() > longest_name || name.front() == '.' || name.front() == '-' ||
        !std::all_of(name.begin(), name.end(), is_plain))
        throw usage_error("{}: the name '{}' cannot be that of a folder; use up to {} letters, digits, . _ + -",
                          entry.where, printable(name.substr(0, 80)), longest_name);
}

void check_q(double q, const std::string& where) {
    if (!std::isfinite(q) || q <= 0.0)
        throw usage_error("{}: q is {}; write a wavevector in 1/A, such as 0.0054", where.empty() ? "--q" : where, q);
}

}  // namespace

std::vector<Scan> combine_scans(const std::vector<ScanEntry>& entries, const std::vector<std::string>& configs,
                                const std::vector<double>& qs_per_angstrom) {
    std::vector<std::optional<double>> qs(qs_per_angstrom.begin(), qs_per_angstrom.end());
    for (const double q : qs_per_angstrom) check_q(q, "");
    if (qs.empty()) qs.emplace_back();
    std::vector<Scan> out;
    std::map<std::string, std::size_t> meant;  // place in out, by what it stands for
    std::set<std::string> named;
    for (const auto& entry : entries) {
        if (!entry.name.empty()) check_name(entry);
        for (const auto& [label, value] : entry.labels) refuse_as_label(label, entry.where);
        if (entry.q_per_angstrom) check_q(*entry.q_per_angstrom, entry.where);
        if (entry.config.empty() && configs.empty())
            throw usage_error("{}no config; give the application's with --config, or in a column 'config'",
                              entry.where.empty() ? "" : entry.where + ": ");
        for (const auto& config : entry.config.empty() ? configs : std::vector<std::string>{entry.config})
            for (const auto& q : entry.q_per_angstrom ? std::vector{entry.q_per_angstrom} : qs) {
                Scan scan{entry.data, q, config, entry.name, entry.labels};
                const auto where = entry.where.empty() ? "--data" : entry.where;
                const auto [place, fresh] = meant.try_emplace(meaning_of(scan), out.size());
                if (const auto* same = fresh ? nullptr : &out[place->second];
                    same != nullptr && (scan.name.empty() || scan.name == same->name)) {
                    if (scan.labels == same->labels) continue;  // two patterns name the same file
                    throw usage_error("{}: the same data, q and config as scan {}, which would count twice", where,
                                      same->name);
                }
                if (entry.name.empty()) scan.name = made_name(scan, 6);
                if (entry.name.empty() && named.contains(scan.name)) scan.name = made_name(scan, 16);
                if (!named.insert(scan.name).second)
                    throw usage_error("{}: the name '{}' stands for two scans; names are for folders", where,
                                      scan.name);
                out.push_back(std::move(scan));
            }
    }
    return out;
}

}  // namespace hlaunch
