// hlaunch cache: what the shared folder of compiled code holds, and throwing away what is of no use.
#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/error.h"
#include "base/text/printable.h"
#include "base/text/quantity.h"
#include "cli/commands/cache_warm_command.h"
#include "cli/commands/commands.h"
#include "cli/options/settings_files.h"
#include "cli/output/terminal.h"
#include "job/request/jit_cache.h"
#include "os/files/absolute_path.h"

namespace hlaunch {
namespace {

struct CacheOptions {
    std::string place = "shared", max_size, keep_jaxlib;
    bool json = false, all = false;
};

std::int64_t unix_seconds() {
    return std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
}

// As --jit-cache of the main job, but nothing is made.
std::filesystem::path root_of(const CLI::App& command, const CacheOptions& options) {
    auto place = options.place;
    if (command.count("--jit-cache") == 0)
        if (const auto settings = load_settings(); const auto* setting = settings.find("run.jit_cache"))
            place = setting->values.front();
    if (place != "shared" && place != "private" && place != "off") {
        if (place.empty()) throw usage_error("--jit-cache is empty; give a folder");
        if (!std::filesystem::is_directory(place)) throw usage_error("--jit-cache {} is no folder", place);
        return absolute_path(place);
    }
    const auto root = jit_cache_place(place, Environment::current());
    if (root.empty() || root == "off")
        throw usage_error("no cache is shared here (--jit-cache {}); give a folder with --jit-cache", place);
    return root;
}

std::string time_text(std::int64_t unix_s) {
    return unix_s == 0 ? "-" : utc_text(std::chrono::system_clock::from_time_t(unix_s)).substr(0, 16) + "Z";
}

// key.json is a file like any other: what it says must not steer a terminal.
std::string cell(const std::string& text) {
    return text.empty() ? "-" : printable(text);
}

// docs/schemas/cache.schema.json
nlohmann::ordered_json to_json(const std::filesystem::path& root, const std::vector<JitKey>& keys) {
    nlohmann::ordered_json out{{"format", "hlaunch-cache"}, {"version", 1}, {"folder", root.string()}};
    out["keys"] = nlohmann::ordered_json::array();
    for (const auto& key : keys) {
        nlohmann::ordered_json entry{{"name", key.folder.filename().string()},
                                     {"jax", key.jax},
                                     {"jaxlib", key.jaxlib},
                                     {"cpu", key.cpu},
                                     {"cpu_features", key.cpu_features},
                                     {"cpus", key.cpus},
                                     {"threads", key.threads},
                                     {"xla_flags", key.xla_flags},
                                     {"entries", key.entries.size()},
                                     {"bytes", key.bytes()},
                                     {"torn", key.torn()},
                                     {"last_use", nullptr}};
        if (!key.entries.empty()) entry["last_use"] = time_text(key.last_use_s());
        out["keys"].push_back(std::move(entry));
    }
    return out;
}

std::string to_text(const std::filesystem::path& root, const std::vector<JitKey>& keys, const Style& style) {
    std::uint64_t entries = 0, bytes = 0, torn = 0;
    auto out = style.bold(fmt::format("{:<12} {:<20} {:>4} {:>7} {:>7} {:>10} {:>5}  {:<17}  {}", "jaxlib", "CPU",
                                      "CPUs", "threads", "entries", "bytes", "torn", "last use", "XLA flags")) +
               "\n";
    for (const auto& key : keys) {
        out += fmt::format("{:<12} {:<20} {:>4} {:>7} {:>7} {:>10} {:>5}  {:<17}  {}\n", cell(key.jaxlib),
                           cell(key.cpu), key.cpus, cell(key.threads), key.entries.size(), format_bytes(key.bytes()),
                           key.torn(), time_text(key.last_use_s()), cell(key.xla_flags));
        entries += key.entries.size();
        bytes += key.bytes();
        torn += key.torn();
    }
    if (keys.empty()) out.clear();
    out += fmt::format("{} in {} entries under {}", format_bytes(bytes), entries, root.string());
    if (torn > 0)
        out += fmt::format("; {} torn: an instance that meets one compiles anew, or hlaunch cache clean", torn);
    return out + "\n";
}

void print_json(const nlohmann::ordered_json& json) {
    std::puts(json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

void list(const CLI::App& command, const CacheOptions& options) {
    const auto root = root_of(command, options);
    const auto keys = read_jit_cache(root, true);
    if (options.json) return print_json(to_json(root, keys));
    std::fputs(to_text(root, keys, Style(stdout_has_colour())).c_str(), stdout);
}

void clean(const CLI::App& command, const CacheOptions& options) {
    const auto root = root_of(command, options);
    JitCleaning cleaning{.all = options.all, .keep_jaxlib = {}, .max_bytes = {}, .now_s = unix_seconds()};
    if (!options.keep_jaxlib.empty()) cleaning.keep_jaxlib = options.keep_jaxlib;
    if (!options.max_size.empty()) cleaning.max_bytes = parse_bytes(options.max_size);
    const auto removed = clean_jit_cache(root, cleaning);
    std::printf("removed %llu files, %s\n", static_cast<unsigned long long>(removed.entries),
                format_bytes(removed.bytes).c_str());
}

void add_place(CLI::App& command, CacheOptions& options) {
    command.add_option("--jit-cache", options.place, "the folder, where it is not the usual one")
        ->envname("HLAUNCH_JIT_CACHE")
        ->type_name("DIR")
        ->capture_default_str();
}

}  // namespace

void add_cache_command(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<CacheOptions>();
    auto* command = app.add_subcommand("cache", "The compiled code that runs share: list it, clean it, fill it");
    command->require_subcommand(1);
    auto* lists = command->add_subcommand("list", "keys, entries, bytes, torn ones, last use");
    add_place(*lists, *options);
    lists->add_flag("--json", options->json, "as JSON");
    lists->footer("Example: hlaunch cache list");
    auto* cleans = command->add_subcommand("clean", "remove torn entries, and what the options name");
    add_place(*cleans, *options);
    cleans->add_flag("--all", options->all, "every entry");
    cleans->add_option("--keep-jaxlib", options->keep_jaxlib, "also what any other jaxlib compiled")
        ->type_name("VERSION");
    cleans->add_option("--max-size", options->max_size, "then the longest unused, until the rest fits")
        ->type_name("SIZE");
    cleans->footer(
        "Examples:\n"
        "  hlaunch cache clean --max-size 500M\n"
        "  hlaunch cache clean --keep-jaxlib 0.12.0");
    add_cache_warm_command(*command, exit_code);
    command->footer("Example: hlaunch cache list --json");
    lists->callback([=, &exit_code] {
        list(*lists, *options);
        exit_code = 0;
    });
    cleans->callback([=, &exit_code] {
        clean(*cleans, *options);
        exit_code = 0;
    });
}

}  // namespace hlaunch
