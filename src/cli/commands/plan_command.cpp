// hlaunch plan: what would run where, and why. Nothing is started.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/text/printable.h"
#include "cli/commands/commands.h"
#include "cli/options/job_options.h"
#include "cli/options/settings_files.h"
#include "cli/output/plan_text.h"
#include "cli/output/terminal.h"
#include "cli/output/write_svg.h"
#include "job/analysis/dry_plan.h"
#include "job/request/placements.h"
#include "os/host/hwloc_reader.h"
#include "plan/plan.h"

namespace hlaunch {
namespace {

struct PlanOptions {
    JobCommandOptions job;
    bool explain = false;
    std::string svg_path;
};

// Each setting, its value and where it came from.
std::string explain_settings(const std::vector<JobCommandOptions::Explained>& settings, const Style& style) {
    std::string out = "\n" + style.bold("settings") + "\n";
    for (const auto& [option, value, source] : settings)
        out += fmt::format("  {:<16} {:<32} {}\n", option, value, source);
    return out;
}

void run(const PlanOptions& options) {
    const auto settings = load_settings();
    const auto job = options.job.resolve(settings);
    const auto machine = options.job.machine();
    const auto plan =
        job.analysis.config.empty()
            ? plan_placements(job, machine)
            : plan_job(job, machine, machine.foreign ? read_limited_machine() : machine, Environment::current());
    if (!options.svg_path.empty()) write_svg(options.svg_path, machine, plan.placements, plan.reserved_cpus);
    const auto& files = settings.files();
    if (job.reporting.json) {
        auto json = to_json(plan);
        if (!files.empty()) json["settings_files"] = files;
        print(json.dump(2) + "\n");
        return;
    }
    const Style style(stdout_has_colour());
    // Always said: they choose the command that is run, and what of its result is let pass.
    if (!files.empty()) print(printable(fmt::format("settings from {}", fmt::join(files, ", "))) + "\n");
    print(machine_line(machine, plan.machine) + "\n\n" + placements_table(plan, style) + parts_table(plan, style) +
          reasons_text(plan, style));
    if (options.explain) print(explain_settings(options.job.explain(settings), style));
}

}  // namespace

void add_plan_command(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<PlanOptions>();
    auto* command = app.add_subcommand("plan", "Show what would run where, and why; start nothing");
    command->add_flag("--explain", options->explain, "show each setting and where it came from");
    command->add_option("--svg", options->svg_path, "draw the machine with its placements")->type_name("FILE");
    options->job.add_to(*command, takes::plan);
    command->footer(
        "Examples:\n"
        "  hlaunch plan --per numa --topology 'pack:2 [numa] core:16 pu:2'\n"
        "  hlaunch plan --mode cmc-hpc --config config.yaml --json");
    command->callback([options, &exit_code] {
        run(*options);
        exit_code = 0;
    });
}

}  // namespace hlaunch
