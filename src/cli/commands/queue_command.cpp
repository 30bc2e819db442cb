// hlaunch queue: a file of commands over the placements, with the journal of a run.
#include <CLI/CLI.hpp>

#include <memory>

#include "cli/commands/commands.h"
#include "cli/options/job_options.h"
#include "job/commands/queue.h"
#include "job/nodes/rank_main.h"

namespace hlaunch {
namespace {

struct QueueOptions {
    JobCommandOptions job;
    QueueWish wish;
};

int run(const QueueOptions& options) {
    const auto environment = Environment::current();
    auto job = options.job.resolve();
    const auto machine = options.job.machine();
    return do_alone_or_as_rank(job.reporting, environment, [&](const Environment& own, const RankDesk* rank) {
        return run_queue(options.wish, job, machine, own, rank);
    });
}

}  // namespace

void add_queue_command(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<QueueOptions>();
    auto* command = app.add_subcommand("queue", "Run a file of commands, one a line, over all placements");
    command->add_option("FILE", options->wish.file, "one command a line, or a JSON array of words; - is standard input")
        ->required();
    command->add_flag("-0,--null", options->wish.null, "records end with NUL instead of newline");
    command->add_flag("--retry-failed", options->wish.retry_failed, "run again what failed at an earlier start");
    options->job.add_to(*command, takes::queue);
    command->footer(
        "Examples:\n"
        "  hlaunch queue commands.txt --per cores:1 --output queue/\n"
        "  hlaunch queue commands.txt --output queue/          (again: only what has not ended yet)\n"
        "  mpirun --map-by ppr:1:node --bind-to none hlaunch queue commands.txt --output queue/   (over several "
        "nodes)");
    command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace hlaunch
