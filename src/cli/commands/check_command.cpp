// hlaunch check: the checklist before a run, line by line, and what of it a config edit mends.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.h"
#include "base/text/printable.h"
#include "cli/commands/commands.h"
#include "cli/options/job_options.h"
#include "cli/options/settings_files.h"
#include "cli/output/terminal.h"
#include "job/doctor/checklist.h"
#include "os/host/host.h"

namespace hlaunch {
namespace {

struct CheckOptions {
    JobCommandOptions job;
    std::string sysroot = "/";
    bool strict = false, fix = false, dry_run = false;
};

struct Answer {
    std::string config;
    std::vector<CheckGroup> groups;
    std::array<unsigned, 3> counts{};  // by Level
    FixedConfig fixed;                 // with --fix
    std::string backup;                // where something was written
};

const char* word(Level level) {
    constexpr std::array words{"OK", "WARN", "FAIL"};
    return words.at(static_cast<std::size_t>(level));
}

// docs/schemas/check.schema.json
nlohmann::ordered_json to_json(const Answer& answer) {
    nlohmann::ordered_json root{
        {"format", "hlaunch-check"}, {"version", 1}, {"host", read_host().name}, {"config", answer.config}};
    root["checks"] = nlohmann::ordered_json::array();
    for (const auto& group : answer.groups)
        for (const auto& finding : group.findings)
            root["checks"].push_back({{"group", group.name},
                                      {"name", finding.name},
                                      {"level", word(finding.level)},
                                      {"value", finding.value},
                                      {"remedy", finding.remedy},
                                      {"fixable", finding.fix.has_value()}});
    root["counts"] = {{"ok", answer.counts[0]}, {"warn", answer.counts[1]}, {"fail", answer.counts[2]}};
    root["fixed"] = answer.fixed.done;
    root["not_fixed"] = answer.fixed.refused;
    root["backup"] = answer.backup;
    return root;
}

std::string to_text(const Answer& answer, const Style& style) {
    std::size_t width = 0;
    for (const auto& group : answer.groups)
        for (const auto& finding : group.findings) width = std::max(width, finding.name.size());
    std::string out;
    for (const auto& group : answer.groups) {
        out += style.bold(group.name) + "\n";
        for (const auto& finding : group.findings) {
            const auto level = fmt::format("{:<4}", word(finding.level));
            out += fmt::format("  {}  {:<{}}  {}\n",
                               finding.level == Level::ok     ? style.dim(level)
                               : finding.level == Level::warn ? style.warning(level)
                                                              : style.failure(level),
                               finding.name, width, printable(finding.value));
            if (!finding.remedy.empty())
                out += fmt::format("  {:{}}  -> {}{}\n", "", width + 6, printable(finding.remedy),
                                   finding.fix ? " (--fix)" : "");
        }
    }
    return out + fmt::format("{} OK, {} WARN, {} FAIL\n", answer.counts[0], answer.counts[1], answer.counts[2]);
}

// Only lines are replaced or added: what is no longer there, and what is new in its place.
std::string changes(const FixedConfig& fixed) {
    std::istringstream before(fixed.before), after(fixed.after);
    std::vector<std::string> old, now;
    for (std::string line; std::getline(before, line);) old.push_back(line);
    for (std::string line; std::getline(after, line);) now.push_back(line);
    std::string out;
    std::size_t i = 0;
    for (std::size_t j = 0; j < now.size(); ++j) {
        if (i < old.size() && old[i] == now[j]) {
            ++i;
            continue;
        }
        // Added where the old line comes next, else replaced.
        const bool added = i >= old.size() || (j + 1 < now.size() && now[j + 1] == old[i]);
        if (!added) {
            out += fmt::format("{:>5} - {}\n", i + 1, printable(old[i]));
            ++i;
        }
        out += fmt::format("{:>5} + {}\n", j + 1, printable(now[j]));
    }
    return out;
}

void print_fix(const Answer& answer, bool dry_run) {
    if (answer.fixed.done.empty()) return static_cast<void>(std::puts("nothing to fix in the config"));
    std::fputs(changes(answer.fixed).c_str(), stdout);
    std::puts(dry_run ? "nothing was written (--dry-run)"
                      : fmt::format("{} written; the old one is {}", answer.config, answer.backup).c_str());
}

int run(const CheckOptions& options) {
    const auto settings = load_settings();
    auto job = options.job.resolve(settings);
    if (options.fix && job.analysis.config.empty()) throw usage_error("check --fix edits a config: name it");
    if (options.dry_run && !options.fix) throw usage_error("check --dry-run shows what --fix would do: give both");
    if (!std::filesystem::is_directory(options.sysroot))
        throw usage_error("--sysroot {} is no folder", options.sysroot);
    const auto machine = options.job.machine();
    if (machine.foreign) throw usage_error("check looks at this host; --topology names another");
    Answer answer;
    answer.config = job.analysis.config;
    answer.groups = make_checklist(job, machine, options.sysroot, Environment::current());
    const auto& files = settings.files();
    for (auto& group : answer.groups)
        if (group.name == "environment")
            group.findings.push_back(
                ok("settings", files.empty() ? "no settings file" : fmt::format("{}", fmt::join(files, ", "))));
    for (const auto& group : answer.groups)
        for (const auto& finding : group.findings) ++answer.counts.at(static_cast<std::size_t>(finding.level));
    if (options.fix) answer.fixed = fix_config(job.analysis.config, answer.groups);
    if (!answer.fixed.done.empty() && !options.dry_run) answer.backup = write_fixed(job.analysis.config, answer.fixed);
    if (job.reporting.json) {
        std::puts(to_json(answer).dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
    } else {
        std::fputs(to_text(answer, Style(stdout_has_colour())).c_str(), stdout);
        if (options.fix) print_fix(answer, options.dry_run);
        for (const auto& name : answer.fixed.refused)
            std::printf("%s: cannot be edited in place; change it by hand\n", name.c_str());
    }
    const bool bad = answer.counts[2] > 0 || (options.strict && answer.counts[1] > 0);
    return static_cast<int>(bad ? ExitCode::failed : ExitCode::ok);
}

}  // namespace

void add_check_command(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<CheckOptions>();
    auto* command =
        app.add_subcommand("check", "Go through the checklist: host, folders, environment, homodyne, config");
    command->add_option("CONFIG", options->job.config, "homodyne's YAML; without it the analysis is left out");
    command->add_option("--output", options->job.output, "the folder the run will write to (the current one)")
        ->type_name("DIR");
    command->add_flag("--fix", options->fix,
                      "make those changes that are edits of the config; the old one is kept as CONFIG.bak");
    command->add_flag("--dry-run", options->dry_run, "with --fix: show them, write nothing");
    command->add_flag("--strict", options->strict, "exit 1 on a WARN too");
    command->add_option("--sysroot", options->sysroot, "read /proc, /sys and /dev/shm under this folder")
        ->type_name("DIR")
        ->capture_default_str();
    options->job.add_to(*command, takes::survey);
    command->footer(
        "Exit code 1 where a line is FAIL.\n"
        "Examples:\n"
        "  hlaunch check config.yaml --mode cmc-hpc --output results/\n"
        "  hlaunch check config.yaml --fix --dry-run");
    command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace hlaunch
