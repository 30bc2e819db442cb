// hlaunch worker: one of many that share a run, as the scripts of hlaunch script start them on each node.
#include <CLI/CLI.hpp>

#include <memory>

#include "base/error.h"
#include "base/text/shell_quote.h"
#include "cli/commands/commands.h"
#include "cli/options/job_options.h"
#include "cli/options/number_in.h"
#include "job/nodes/worker.h"

namespace hlaunch {
namespace {

struct WorkerOptions {
    JobCommandOptions job;
    std::optional<unsigned> rank, ranks, local_rank, local_ranks;
    std::string name;
    WorkerWish wish;
};

// The command line first, then the launcher; alone it is the only one.
WorkerRank rank_of(const WorkerOptions& options, const Environment& environment) {
    if (options.rank.has_value() != options.ranks.has_value()) throw usage_error("--rank and --ranks go together");
    if (options.local_rank.has_value() != options.local_ranks.has_value())
        throw usage_error("--local-rank and --local-ranks go together");
    auto out = options.rank ? std::nullopt : rank_of(environment);
    if (!out) out = WorkerRank{.job = "by-hand", .launcher = "the command line"};
    if (options.rank) out->rank = *options.rank, out->ranks = *options.ranks;
    if (options.local_rank) out->local_rank = *options.local_rank, out->local_ranks = *options.local_ranks;
    if (!options.name.empty()) out->job = options.name;
    if (out->ranks == 0 || out->rank >= out->ranks)
        throw usage_error("--rank {} of --ranks {}: ranks count from 0", out->rank, out->ranks);
    if (out->local_ranks == 0 || out->local_rank >= out->local_ranks)
        throw usage_error("--local-rank {} of --local-ranks {}: they count from 0", out->local_rank, out->local_ranks);
    if (out->job.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.@") !=
            std::string::npos ||
        out->job.starts_with("."))
        throw usage_error("--job {}: letters, digits and - _ . only: it names a folder", shell_quote(out->job));
    return *out;
}

int work(const WorkerOptions& options) {
    const auto environment = Environment::current();
    if (!options.job.given("--config") || !options.job.given("--output"))
        throw usage_error("a worker needs --config C.yaml and --output DIR, the same for all workers of a run");
    const auto job = options.job.resolve();
    if (!job.analysis.stage_file.empty())
        throw usage_error("--stage takes no file with --config: the YAML names the data");
    return run_worker(rank_of(options, environment), options.wish, job, options.job.machine(), environment);
}

}  // namespace

void add_worker_command(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<WorkerOptions>();
    auto* command = app.add_subcommand("worker", "One of many that share a run: on each node of an allocation one");
    options->job.add_to(*command, takes::run);
    command->add_option("--rank", options->rank, "which one this is, from 0; default: what srun, mpirun or PBS tells");
    command->add_option("--ranks", options->ranks, "how many there are");
    command->add_option("--local-rank", options->local_rank, "which of those on this node");
    command->add_option("--local-ranks", options->local_ranks, "how many there are on this node");
    command->add_option("--stagger", options->wish.stagger_s, "seconds between the starts of workers")
        ->check(number_in(0.0, 600.0));
    command->add_flag("--stay", options->wish.stay,
                      "until all is drawn, to take over from those that die; default: until nothing is free");
    command->add_option("--job", options->name,
                        "the same name for all workers of a start; default: the scheduler's id");
    command->footer(
        "Whoever comes first prepares the run; each then draws its share of the shards, longest first, and what is "
        "left\n"
        "by others. Afterwards: hlaunch run --merge-only with the same --config and --output.\n"
        "Examples:\n"
        "  srun --ntasks-per-node=1 hlaunch worker --config config.yaml --output results/\n"
        "  hlaunch worker --rank 0 --ranks 2 --config config.yaml --output results/");
    command->callback([options, &exit_code] { exit_code = work(*options); });
}

}  // namespace hlaunch
