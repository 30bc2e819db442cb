#include "job/campaign/scans.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <map>
#include <set>

#include "base/error.h"
#include "base/text/printable.h"
#include "campaign/scan_table.h"
#include "job/request/content_hash.h"
#include "job/request/preflight.h"
#include "os/files/absolute_path.h"
#include "os/files/glob_files.h"
#include "os/files/untrusted_file.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t most_table_bytes = 64U << 20U;

std::string absolute(const std::string& path, const fs::path& folder) {
    return absolute_path(path, folder).string();
}

std::vector<ScanEntry> entries_of_table(const std::string& path) {
    const auto text = read_regular_file(path, most_table_bytes);
    if (!text) throw usage_error("--table {} is not there", printable(path));
    const auto ending = fs::path(path).extension();
    auto out = ending == ".csv"    ? scans_from_csv(*text, path)
               : ending == ".toml" ? scans_from_toml(*text, path)
                                   : scans_from_list(*text, path);
    if (out.empty()) throw usage_error("--table {} names no scan", printable(path));
    return out;
}

// A pattern becomes the files it names. What names nothing at all is told in one line, for it is a slip of the hand.
void expand(const std::vector<ScanEntry>& entries, const fs::path& folder, std::vector<ScanEntry>& into,
            std::vector<std::string>& empty) {
    for (auto entry : entries) {
        if (!entry.config.empty()) entry.config = absolute(entry.config, folder);
        const auto pattern = absolute(entry.data, folder);
        auto files = files_matching(pattern);
        if (files.empty() && is_pattern(pattern)) {
            empty.push_back(printable(entry.data));
            continue;
        }
        if (files.empty()) files.push_back(pattern);
        for (auto& file : files) {
            entry.data = std::move(file);
            into.push_back(entry);
        }
    }
}

std::vector<ScanEntry> all_entries(const CampaignWish& wish) {
    std::vector<ScanEntry> out, typed;
    std::vector<std::string> empty;
    for (const auto& word : wish.data) {
        if (word.empty()) throw usage_error("--data is empty; is a variable of your script unset?");
        typed.push_back({word, {}, {}, {}, {}, {}});
    }
    expand(typed, fs::current_path(), out, empty);
    if (!wish.table.empty()) expand(entries_of_table(wish.table), fs::absolute(wish.table).parent_path(), out, empty);
    if (!empty.empty()) throw usage_error("no file is named by {}", fmt::join(empty, ", "));
    if (out.empty()) throw usage_error("no scans: give files or patterns with --data, or a --table");
    return out;
}

// Why it cannot be read, or nothing.
std::optional<std::string> trouble_with(const std::string& path) {
    struct stat info {};
    if (stat(path.c_str(), &info) != 0) return std::strerror(errno);
    if (S_ISDIR(info.st_mode)) return fmt::format("it is a folder; name its files, such as {}/*.h5", path);
    if (!S_ISREG(info.st_mode)) return "it is no regular file";
    if (info.st_size == 0) return "it is empty";
    if (access(path.c_str(), R_OK) != 0) return std::strerror(errno);
    if (printable(path) != path) return "its path is not plain UTF-8 text: rename it, or link to it";
    return std::nullopt;
}

// All that are wrong are told at once.
void check_configs(const std::vector<std::string>& configs) {
    std::vector<std::string> bad;
    for (const auto& config : std::set<std::string>(configs.begin(), configs.end())) try {
            check_config_file(config);
        } catch (const Error& error) {
            bad.emplace_back(error.what());
        }
    if (bad.size() > 1) throw usage_error("{} configs cannot be used: {}", bad.size(), fmt::join(bad, "; "));
    if (!bad.empty()) throw usage_error("{}", bad.front());
}

void mark_bad(ScanRow& row, const std::string& outcome, const std::string& why) {
    row.status = "bad-input";
    row.outcome = outcome;
    row.why = why;
}

}  // namespace

std::vector<CampaignScan> collect_scans(const CampaignWish& wish) {
    std::vector<std::string> configs;
    for (const auto& config : wish.configs) configs.push_back(absolute(config, fs::current_path()));
    std::map<std::string, std::string> config_hashes, data_hashes;
    std::map<std::string, std::string> seen;  // what is analysed, to the name of the first that does
    std::vector<CampaignScan> out;
    auto scans = combine_scans(all_entries(wish), configs, wish.qs_per_angstrom);
    for (const auto& scan : scans) configs.push_back(scan.config);
    check_configs(configs);
    for (auto& scan : scans) {
        CampaignScan one;
        one.row.scan = std::move(scan);
        one.row.status = "waiting";
        auto& row = one.row;
        auto& config_hash = config_hashes[row.scan.config];
        if (config_hash.empty()) config_hash = hash_file(row.scan.config);
        row.config_hash = config_hash;
        if (const auto trouble = trouble_with(row.scan.data)) {
            mark_bad(row, "unreadable", fmt::format("{}: {}", row.scan.data, *trouble));
        } else {
            auto& data_hash = data_hashes[fs::canonical(row.scan.data).string()];
            if (data_hash.empty()) try {
                    data_hash = hash_file(row.scan.data);
                } catch (const Error& error) {
                    mark_bad(row, "unreadable", error.what());
                    out.push_back(std::move(one));
                    continue;
                }
            row.data_hash = data_hash;
            const auto what = fmt::format("{} {} {}", data_hash, config_hash, row.scan.q_per_angstrom.value_or(0.0));
            const auto [at, fresh] = seen.try_emplace(what, row.scan.name);
            if (!fresh)
                mark_bad(row, "duplicate",
                         fmt::format("{} holds the same data as scan {}, which would count twice", row.scan.data,
                                     at->second));
        }
        out.push_back(std::move(one));
    }
    return out;
}

void set_key(CampaignScan& scan, const CampaignWish& wish, const AnalysisSpec& analysis, const std::string& version,
             const nlohmann::json& variables) {
    auto& row = scan.row;
    row.version = version;
    row.key = hash_text(nlohmann::json{
        {"config", row.config_hash},
        {"data", row.data_hash},
        {"q", row.scan.q_per_angstrom.value_or(0.0)},
        {"plots", wish.plots},
        {"version", version},
        {"hooks", analysis.split != homodyne::Split::none},
        {"priors", analysis.repair_priors},
        {"variables",
         variables}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void want_posterior(CampaignScan& scan, const homodyne::PosteriorWish& wish, bool accepts_nlsq) {
    scan.exact = wish.is_exact();
    if (!scan.exact) return;
    scan.posterior_key = hash_text(nlohmann::json{
        {"ess", wish.effective_draws},
        {"pairs", wish.pairs_once ? "once" : "twice"},
        {"prior source", wish.yaml_priors ? "yaml" : "homodyne"},
        {"any fit", accepts_nlsq}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void mark_same_q(std::vector<CampaignScan>& scans) {
    std::map<std::string, std::string> seen;
    const auto what_of = [](const ScanRow& row) {
        return fmt::format("{} {} {}", row.data_hash, row.config_hash, row.q_per_angstrom);
    };
    for (const auto& scan : scans)  // what is fitted already stays
        if (scan.row.nlsq) seen.try_emplace(what_of(scan.row), scan.row.scan.name);
    for (auto& scan : scans) {
        auto& row = scan.row;
        if (row.status == "bad-input" || row.q_per_angstrom <= 0.0) continue;
        const auto [at, fresh] = seen.try_emplace(what_of(row), row.scan.name);
        if (!fresh && at->second != row.scan.name)
            mark_bad(row, "duplicate",
                     fmt::format("{}: the q nearest to {} is {:.6g} 1/A, which scan {} analyses", row.scan.data,
                                 row.scan.q_per_angstrom.value_or(0.0), row.q_per_angstrom, at->second));
    }
}

}  // namespace hlaunch
