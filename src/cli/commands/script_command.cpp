// hlaunch script: a job script for a scheduler or mpirun that runs one analysis over several nodes.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "base/error.h"
#include "base/text/printable.h"
#include "base/text/shell_quote.h"
#include "cli/commands/commands.h"
#include "cli/options/job_options.h"
#include "cli/options/script_options.h"
#include "cli/output/terminal.h"
#include "os/files/file.h"
#include "os/process/environment.h"
#include "script/mustache.h"
#include "script/scheduler/inherited_variables.h"
#include "script/template_store.h"

namespace hlaunch {
namespace {

struct ScriptCommandOptions {
    ScriptOptions script;
    std::string kind, file;
    bool list = false, show_template = false, explain = false;
};

std::string list_text(const TemplateStore& store) {
    std::string out;
    for (const auto& file : store.list()) out += fmt::format("{:<28} {}\n", printable(file.name), printable(file.path));
    return out;
}

std::string explain_text(const std::vector<ScriptVariable>& variables) {
    std::string out;
    for (const auto& [name, value, source] : variables)
        out += fmt::format(
            "{:<20} {:<44} {}\n", name,
            printable(value.is_string() ? value.get<std::string>()
                                        : value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)),
            printable(source));
    return out;
}

int script(const ScriptCommandOptions& options) {
    const auto store = template_store();
    if (options.list) {
        print(list_text(store));
        return 0;
    }
    const auto kind = parse_script_kind(options.kind);
    if (options.show_template) {
        print(store.read(template_name(options.kind)));
        return 0;
    }
    const auto variables = options.script.variables(kind);
    if (options.explain) {
        print(explain_text(variables));
        return 0;
    }
    const auto text = script_text(store, kind, variables);
    ensure_directory(
        canonical_path(options.script.output()));  // the scheduler's log goes there before anything has run
    for (const auto& note : options.script.notes()) fmt::print(stderr, "{}\n", note);
    const auto environment = Environment::current();
    for (const auto& name : overruling_variables(text, environment))
        fmt::print(stderr,
                   "hlaunch: warning: {}={} is set here; it would overrule the script's own lines: unset it, or "
                   "use hlaunch submit\n",
                   name, printable(environment.get(name).value_or("")));
    if (options.file.empty()) {
        print(text);
    } else {
        write_as_named(options.file, text);
        if (std::filesystem::is_regular_file(options.file))  // not of /dev/stdout
            std::filesystem::permissions(options.file, std::filesystem::perms::owner_exec,
                                         std::filesystem::perm_options::add);
    }
    return 0;
}

}  // namespace

void add_script_command(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<ScriptCommandOptions>();
    auto* command =
        app.add_subcommand("script", "A job script for Slurm, PBS or mpirun: one analysis over several nodes");
    command->add_option("KIND", options->kind, fmt::format("{}", fmt::join(script_kinds(), " | ")));
    options->script.add_to(*command);
    command->add_option("-o,--file", options->file, "write it there instead of to standard output")->type_name("FILE");
    command->add_flag("--list", options->list, "the templates, and where each comes from");
    command->add_flag("--show-template", options->show_template, "the template itself, to copy and change");
    command->add_flag("--explain", options->explain, "every variable, its value and where it came from");
    command->footer(
        "A file of the same name in ./templates or the user's config folder (hlaunch/templates) overrides a template.\n"
        "Examples:\n"
        "  hlaunch script slurm --nodes 4 --config config.yaml --output results/ --node node001 -o job.sh\n"
        "  hlaunch script pbs --nodes 2 --config config.yaml --output results/ --topology node.xml --set walltime=12h\n"
        "  hlaunch script slurm --show-template");
    command->callback([options, &exit_code] {
        if (!options->list && options->kind.empty())
            throw usage_error("a kind of script is missing: {}; see hlaunch script --help",
                              fmt::join(script_kinds(), ", "));
        exit_code = script(*options);
    });
}

}  // namespace hlaunch
