// hlaunch config-xla: the performance guide's settings for these cores, shown or kept in files.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/commands/commands.h"
#include "cli/options/job_options.h"
#include "homodyne/app/xla_config.h"
#include "job/doctor/xla_config_files.h"
#include "job/request/placements.h"

namespace hlaunch {
namespace {

using homodyne::XlaRecommendation;

struct ConfigXlaOptions {
    JobCommandOptions job;
    std::optional<unsigned> placement;
    bool show = false, unset = false, json = false;
};

struct Recommended {
    std::string where;  // "the machine", "placement 1 (CPUs 8-15)"
    XlaRecommendation settings;
};

// For the machine; with --per for each placement, or for the one asked for.
std::vector<Recommended> recommend(const ConfigXlaOptions& options, const JobOptions& job, const Machine& machine) {
    const auto whole = summarize(machine);
    if (!is_cut(job.placements) && !options.placement)
        return {{"the machine", recommend_xla(job.analysis.mode, whole.pus, whole.cores, whole.numa_nodes)}};
    const auto placements = choose_placements(machine, job.placements).list;
    if (options.placement && *options.placement >= placements.size())
        throw usage_error("--placement {}: there are {}, counted from 0", *options.placement, placements.size());
    std::vector<Recommended> out;
    for (const auto& placement : placements) {
        if (options.placement && *options.placement != placement.index) continue;
        const auto numa_nodes = std::max<std::size_t>(1, placement.numa_nodes.size());
        out.push_back({fmt::format("placement {} (CPUs {})", placement.index, placement.cpus.str()),
                       recommend_xla(job.analysis.mode, static_cast<unsigned>(placement.cpus.size()), placement.cores,
                                     static_cast<unsigned>(numa_nodes))});
    }
    return out;
}

nlohmann::ordered_json to_json(const Recommended& recommended) {
    const auto& settings = recommended.settings;
    nlohmann::ordered_json environment{
        {"XLA_FLAGS", fmt::format("{}", fmt::join(recommended_xla_flags(settings), " "))}};
    for (const auto& [name, value] : recommended_threads(settings)) environment[name] = value;
    return {{"where", recommended.where},
            {"mode", homodyne::to_string(settings.mode)},
            {"logical_cores", settings.logical_cores},
            {"physical_cores", settings.physical_cores},
            {"numa_nodes", settings.numa_nodes},
            {"devices", settings.devices},
            {"threads", settings.threads},
            {"environment", environment}};
}

// What a user may stumble over, on standard error: standard output is the guide's block and no more.
void note(const std::string& line) {
    std::fputs(("hlaunch: " + line + "\n").c_str(), stderr);
}

void note_environment(const Environment& environment, const XlaRecommendation& settings) {
    if (const auto flags = environment.get("XLA_FLAGS"); flags && !flags->empty())
        note(fmt::format("XLA_FLAGS is set already and stays: {}", *flags));
    for (const auto& [name, value] : recommended_threads(settings))
        if (const auto set = environment.get(name); set && !set->empty() && *set != value)
            note(fmt::format("{}={} is set already and stays", name, *set));
}

void note_activation(const XlaRecommendation& settings) {
    const auto theirs = homodyne::table_devices(settings.mode, settings.logical_cores);
    if (settings.mode != homodyne::Mode::automatic || theirs == settings.devices) return;
    note(fmt::format("homodyne's own activation script counts {} logical cores in mode auto and would take {} devices",
                     settings.logical_cores, theirs));
}

void show(const ConfigXlaOptions& options, const std::vector<Recommended>& all, const XlaConfigFiles& files) {
    if (options.json) {
        nlohmann::ordered_json root{{"format", "hlaunch-config-xla"}, {"version", 1}};
        root["recommended"] = nlohmann::ordered_json::array();
        for (const auto& recommended : all) root["recommended"].push_back(to_json(recommended));
        root["configured"] = {{"mode", configured_mode(files)}, {"file", files.mode}};
        std::puts(root.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
        return;
    }
    for (const auto& recommended : all) {
        if (all.size() > 1) std::printf("%s%s\n", &recommended == &all.front() ? "" : "\n", recommended.where.c_str());
        std::fputs(guide_block(recommended.settings).c_str(), stdout);
    }
    note_activation(all.front().settings);
    if (const auto mode = configured_mode(files); !mode.empty())
        note(fmt::format("homodyne is set to mode {} in {}", mode, files.mode));
}

void run(const ConfigXlaOptions& options) {
    const auto environment = Environment::current();
    const auto files = xla_config_files(environment);
    if (options.unset) {
        if (options.show || options.job.given("--mode"))
            throw usage_error("--unset stands alone: it removes what --mode wrote");
        const auto removed = remove_xla_config(files);
        for (const auto& path : removed) std::printf("removed %s\n", path.c_str());
        if (removed.empty()) std::puts("nothing was set");
        return;
    }
    const auto job = options.job.resolve(Settings());
    const auto machine = options.job.machine();
    const auto all = recommend(options, job, machine);
    if (options.show || options.json || !options.job.given("--mode")) return show(options, all, files);
    if (machine.foreign)
        throw usage_error("--topology names another machine, whose settings are no use here; add --show");
    if (all.size() > 1)
        throw usage_error("there are {} placements: choose one with --placement, or add --show", all.size());
    write_xla_config(files, all.front().settings);
    std::printf("mode %s in %s\nsettings for %s in %s: '. %s' in your shell, fish: 'source %s'\n",
                std::string(to_string(job.analysis.mode)).c_str(), files.mode.c_str(), all.front().where.c_str(),
                files.sh.c_str(), files.sh.c_str(), files.fish.c_str());
    note_environment(environment, all.front().settings);
    note_activation(all.front().settings);
}

}  // namespace

void add_config_xla_command(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<ConfigXlaOptions>();
    auto* command = app.add_subcommand("config-xla", "Show or keep the performance guide's settings for these cores");
    command->add_flag("--show", options->show, "print them, write nothing (so without --mode)");
    command->add_flag("--unset", options->unset, "remove the files that --mode wrote");
    command->add_option("--placement", options->placement, "for this placement of --per, counted from 0");
    command->add_flag("--json", options->json, "print them as JSON, write nothing");
    options->job.add_to(*command, takes::machine);
    command->footer(
        "With --mode and without --show the mode goes into homodyne's own file (homodyne-config-xla --show\n"
        "agrees) and the settings into ~/.homodyne_xla_config, to be sourced.\n"
        "Examples:\n"
        "  hlaunch config-xla --show\n"
        "  hlaunch config-xla --mode cmc-hpc && . ~/.homodyne_xla_config\n"
        "  hlaunch config-xla --show --mode cmc --per numa");
    command->callback([options, &exit_code] {
        run(*options);
        exit_code = 0;
    });
}

}  // namespace hlaunch
