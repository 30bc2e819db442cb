// hlaunch run: the main job with --config, or one bound copy of any command for each placement.
#include <CLI/CLI.hpp>

#include <memory>

#include "base/error.h"
#include "cli/commands/commands.h"
#include "cli/options/job_options.h"
#include "job/analysis/analysis.h"
#include "job/commands/placed_commands.h"
#include "job/nodes/rank_main.h"

namespace hlaunch {
namespace {

struct RunOptions {
    JobCommandOptions job;
    std::vector<std::string> command;
    bool merge_only = false, no_shared_fs = false;
};

int run(const RunOptions& options) {
    const auto environment = Environment::current();
    const auto staged = options.job.given("--stage");
    if (!options.command.empty()) {
        if (options.job.given("--config"))
            throw usage_error("'{}' was not expected: either --config for the main job, or -- CMD for any command",
                              options.command.front());
        if (options.command.front().empty())
            throw usage_error("the command after -- is empty; is a variable of your script unset?");
        if (staged && staged->empty())
            throw usage_error("--stage needs the FILE to copy: --stage FILE -- CMD {{staged}}");
        if (options.merge_only) throw usage_error("--merge-only is for an analysis (--config), not for a command");
        return run_command(options.command, options.job.resolve(), options.job.machine(), environment);
    }
    if (!options.job.given("--config"))
        throw usage_error("nothing to run: give --config C.yaml --output DIR, or -- CMD; see hlaunch run --help");
    if (!options.job.given("--output"))
        throw usage_error("--output is missing: the folder for the run and its merged result");
    if (staged && !staged->empty()) throw usage_error("--stage takes no file with --config: the YAML names the data");
    const auto job = options.job.resolve();
    const auto rank = shared_rank(environment);
    if (options.no_shared_fs && !rank)
        throw usage_error("--no-shared-fs is for several ranks (mpirun hlaunch ...); this one is alone");
    if (!options.merge_only && rank) {
        hand_over_to_mpi(*rank, environment);
        return run_as_rank(*rank, job, !options.no_shared_fs, options.job.machine(), environment);
    }
    return run_analysis(job, options.job.machine(), environment,
                        {.steps = options.merge_only ? Steps::merge : Steps::all});
}

}  // namespace

void add_run_command(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<RunOptions>();
    auto* command =
        app.add_subcommand("run", "Run an analysis over all placements and merge it; or any command on each");
    options->job.add_to(*command, takes::run);
    command->add_flag("--merge-only", options->merge_only,
                      "draw nothing: merge what workers have left, or tell which of them failed");
    command->add_flag("--no-shared-fs", options->no_shared_fs,
                      "over several nodes: each has a folder of its own, rank 0 gathers");
    command->add_option(
        "CMD", options->command,
        "after --: a command for each placement; {index} {cpus} {mems} {cores} {staged} {secret:NAME} are filled in");
    command->footer(
        "Examples:\n"
        "  hlaunch run --mode cmc-hpc --config config.yaml --output results/\n"
        "  hlaunch run --per numa -- ./simulate --out part-{index}.dat\n"
        "  hlaunch run --per numa --stage data.h5 -- ./simulate --in {staged}");
    command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace hlaunch
