#include "cli/command_line.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <initializer_list>

#include "cli/commands/commands.h"
#include "cli/options/number_in.h"

namespace hlaunch {

namespace {

// CLI11 would eat the "--" after an option whose value may be left out; not so after "--stage=FILE".
void tie_value_of_stage(std::vector<std::string>& words) {
    for (auto word = words.begin(); word != words.end() && *word != "--"; ++word) {
        const auto value = std::next(word);
        if (*word != "--stage" || value == words.end() || value->empty() || value->starts_with("-")) continue;
        *word += "=" + *value;
        words.erase(value);
        return;
    }
}

}  // namespace

std::vector<std::string> parser_arguments(std::span<char*> argv) {
    std::vector<std::string> words(argv.begin() + (argv.empty() ? 0 : 1), argv.end());
    const auto is_global = [](const std::string& word) {
        return word == "--help" || word == "-h" || word == "--version";
    };
    if (!words.empty() && words.front().starts_with("-") && !is_global(words.front()))
        words.insert(words.begin(), "run");
    tie_value_of_stage(words);
    std::reverse(words.begin(), words.end());
    return words;
}

void describe_exec_command(CLI::App& app, int&) {
    app.add_subcommand("exec", "Bind to CPUs and memory nodes, then become a command (hlaunch exec --help)");
}

void add_commands(CLI::App& app, int& exit_code) {
    app.name("hlaunch");
    app.description(
        "hlaunch: homodyne on all of a NUMA machine, one bound instance a placement, merged.\n\n"
        "  hlaunch --mode cmc-hpc --config config.yaml --output results/     (short for: hlaunch run ...)\n");
    app.footer("Options and an example of each command: hlaunch COMMAND --help");
    app.set_version_flag("--version", HLAUNCH_VERSION);
    app.require_subcommand(1);
    const auto add_group = [&](const char* group, std::initializer_list<void (*)(CLI::App&, int&)> commands) {
        for (const auto add : commands) {
            add(app, exit_code);
            app.get_subcommands([](CLI::App*) { return true; }).back()->group(group);
        }
    };
    add_group("Run",
              {add_run_command, add_campaign_command, add_queue_command, add_merge_command, describe_exec_command});
    add_group("Look", {add_status_command, add_logs_command, add_stop_command});
    add_group("Before a run", {add_plan_command, add_check_command, add_estimate_command, add_topo_command,
                               add_config_xla_command, add_cache_command});
    add_group("Cluster", {add_submit_command, add_script_command, add_worker_command});
    add_group("Measure", {add_tune_command, add_compare_command, add_simulate_command});
    refuse_empty_values(app);
}

}  // namespace hlaunch
