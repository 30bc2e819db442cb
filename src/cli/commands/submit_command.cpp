// hlaunch submit: hands a script over to the scheduler, once a run, and says its job ids.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text/printable.h"
#include "cli/commands/commands.h"
#include "cli/options/script_options.h"
#include "cli/output/terminal.h"
#include "os/files/file.h"
#include "os/process/environment.h"
#include "script/scheduler/inherited_variables.h"
#include "script/scheduler/submission.h"

namespace hlaunch {
namespace {

struct SubmitOptions {
    ScriptOptions script;
    std::string kind;
    bool parsable = false;
};

std::string write_script(const SubmitOptions& options, ScriptKind kind) {
    const auto text = script_text(template_store(), kind, options.script.variables(kind));
    const auto name = "submit-" + to_string(kind) + ".sh";
    const auto folder = canonical_path(options.script.output());  // as this host sees it
    ensure_directory(folder);
    write_atomically(folder / name, text);
    return options.script.output() + "/" + name;
}

int submit(const CLI::App& app, const SubmitOptions& options) {
    const auto kind = parse_script_kind(options.kind);
    if (kind == ScriptKind::mpi || kind == ScriptKind::slurm_merge)
        throw usage_error("there is no scheduler to hand a script of kind {} to; use slurm, slurm-array or pbs",
                          options.kind);
    const auto work = write_script(options, kind);
    const auto merge = kind == ScriptKind::slurm_array ? write_script(options, ScriptKind::slurm_merge) : std::string();
    auto environment = Environment::current();
    auto notes = options.script.notes();
    for (const auto& name : overruling_variables(read_text(work), environment)) {
        notes.push_back(fmt::format("hlaunch: {}={} of this environment is left out: it would overrule the script",
                                    name, printable(environment.get(name).value_or(""))));
        environment.unset(name);
    }
    const Scheduler scheduler(kind == ScriptKind::pbs ? "pbs" : "slurm", std::move(environment));
    const auto done = submit(RunFolder{canonical_path(options.script.output()).string()}, scheduler, {work, merge});
    for (const auto& note : notes) fmt::print(stderr, "{}\n", note);
    if (app.count("--json") > 0) {
        print(to_json(done).dump(2) + "\n");
        return 0;
    }
    for (const auto& job : done.jobs)
        print(options.parsable ? job.id.number + "\n" : fmt::format("{} {}\n", job.id.number, job.role));
    return 0;
}

}  // namespace

void add_submit_command(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<SubmitOptions>();
    auto* command = app.add_subcommand("submit", "Validate a script, hand it over to the scheduler, print its job ids");
    command->add_option("KIND", options->kind, "slurm | slurm-array | pbs")->required();
    command->add_flag("--parsable", options->parsable, "the ids alone, one a line: the work's, then the merge's");
    options->script.add_to(*command);
    command->footer(
        "The script is kept in the run folder; hlaunch status tells the queue's word, hlaunch stop cancels the jobs. A "
        "run\n"
        "whose jobs are still in the queue is not submitted again.\n"
        "Example: hlaunch submit slurm --nodes 4 --config config.yaml --output results/ --set walltime=2h");
    command->callback([options, command, &exit_code] { exit_code = submit(*command, *options); });
}

}  // namespace hlaunch
