// hlaunch topo: the machine, and what this process may use of it.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/options/job_options.h"
#include "cli/output/plan_text.h"
#include "cli/output/write_svg.h"
#include "job/request/placements.h"
#include "plan/plan.h"
#include "topology/render_text.h"
#include "topology/topology_json.h"

namespace hlaunch {
namespace {

struct TopoOptions {
    JobCommandOptions job;
    bool json = false;
    std::string svg_path;
};

// The locale decides whether box characters can be shown.
bool locale_is_utf8() {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"})
        if (const char* value = std::getenv(name); value && *value) {
            const std::string_view locale(value);
            return locale.find("UTF-8") != std::string_view::npos || locale.find("utf8") != std::string_view::npos;
        }
    return false;
}

nlohmann::json to_topo_json(const Machine& machine, const MachineSummary& summary, const Placements* placements) {
    nlohmann::json out = {{"format", "hlaunch-topo"}, {"version", 1}};
    out["machine"] = to_json(summary);
    out["topology"] = to_json(machine);
    if (!placements) return out;
    out["placements"] = nlohmann::json::array();
    for (const auto& placement : placements->list) out["placements"].push_back(to_json(placement));
    out["reserved_cpus"] = placements->reserved_cpus.str();
    return out;
}

void run(const TopoOptions& options) {
    const auto request = options.job.resolve(Settings()).placements;
    const auto machine = options.job.machine();
    const auto summary = summarize(machine);
    std::optional<Placements> placements;
    if (is_cut(request) || !options.svg_path.empty()) placements = choose_placements(machine, request);
    if (!options.svg_path.empty()) write_svg(options.svg_path, machine, placements->list, placements->reserved_cpus);
    std::string text;
    if (options.json) {
        text = to_topo_json(machine, summary, placements ? &*placements : nullptr).dump(2) + "\n";
    } else {
        const Style style(stdout_has_colour());
        text = style.bold(machine_line(machine, summary)) + "\n";
        if (!machine.cpu_model.empty()) text += style.dim(machine.cpu_model) + "\n";
        text += render_boxes(machine, locale_is_utf8());
        text += style.bold(machine.foreign ? "may be used" : "this process may use") + "\n";
        text += render_limits(machine);
        if (placements) {
            Plan plan;
            plan.placements = placements->list;
            plan.reserved_cpus = placements->reserved_cpus;
            text += "\n" + placements_table(plan, style);
        }
    }
    std::fwrite(text.data(), 1, text.size(), stdout);
}

}  // namespace

void add_topo_command(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<TopoOptions>();
    auto* command = app.add_subcommand("topo", "Show the machine and what this process may use of it");
    command->add_flag("--json", options->json, "as JSON (docs/schemas/topo.schema.json)");
    command->add_option("--svg", options->svg_path, "draw the machine with its placements")->type_name("FILE");
    options->job.add_to(*command, takes::machine);
    command->footer("Example: taskset -c 0-3 hlaunch topo");
    command->callback([options, &exit_code] {
        run(*options);
        exit_code = 0;
    });
}

}  // namespace hlaunch
