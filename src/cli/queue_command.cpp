// hlaunch queue: a file of commands over the placements, with the journal of a run.
#include <CLI/CLI.hpp>

#include <memory>

#include "cli/commands.h"
#include "cli/job_options.h"
#include "job/queue_job.h"

namespace hlaunch {
namespace {

struct QueueOptions {
    JobCommandOptions job;
    QueueWish wish;
};

}  // namespace

void add_queue_command(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<QueueOptions>();
    auto* command = app.add_subcommand("queue", "Run a file of commands, one a line, over all placements");
    command->add_option("FILE", options->wish.file, "one command a line, or a JSON array of words; - is standard input")
        ->required();
    command->add_flag("-0,--null", options->wish.null, "records end with NUL instead of newline");
    command->add_flag("--retry-failed", options->wish.retry_failed, "run again what failed at an earlier start");
    options->job.add_queue_options_to(*command);
    command->footer(
        "Examples:\n"
        "  hlaunch queue commands.txt --per cores:1 --output queue/\n"
        "  hlaunch queue commands.txt --output queue/          (again: only what has not ended yet)");
    command->callback([options, command, &exit_code] {
        exit_code = run_queue(options->wish, options->job.resolve(*command), options->job.placement.machine(),
                              Environment::current());
    });
}

}  // namespace hlaunch
