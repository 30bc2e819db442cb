// hlaunch campaign: many scans as one run, with one table.
#include <CLI/CLI.hpp>

#include <memory>

#include "base/error.h"
#include "cli/commands/commands.h"
#include "cli/options/job_options.h"
#include "job/campaign/campaign.h"
#include "job/nodes/rank_main.h"

namespace hlaunch {
namespace {

struct CampaignOptions {
    JobCommandOptions job;
    CampaignWish wish;
};

constexpr const char* scans_group = "Scans";

void add_scan_options(CLI::App& command, CampaignWish& wish) {
    command.add_option("--data", wish.data, "data files, or patterns in quotes; each is a scan")
        ->type_name("FILE...")
        ->group(scans_group);
    command
        .add_option("--table", wish.table,
                    "more scans: .csv or .toml with data, q, config, name and any labels; else one path a line")
        ->type_name("FILE")
        ->group(scans_group);
    command.add_option("--config", wish.configs, "homodyne's YAML; with several each scan is analysed with each")
        ->type_name("FILE...")
        ->group(scans_group);
    command.add_option("--q", wish.qs_per_angstrom, "wavevectors in 1/A; default: the config's own")
        ->delimiter(',')
        ->type_name("Q...")
        ->group(scans_group);
    command.add_option("--plots", wish.plots, "homodyne's heatmaps of each scan: of all angles, of the first, none")
        ->check(CLI::IsMember({"all", "first", "none"}))
        ->capture_default_str()
        ->group(scans_group);
    command.add_flag("--strict", wish.strict, "start nothing where one scan cannot be analysed")->group(scans_group);
    command.add_flag("--check-only", wish.check_only, "look at the scans and tell what is in them; fit none")
        ->group(scans_group);
    command.add_flag("--retry-failed", wish.retry_failed, "run again what failed at an earlier start")
        ->group(scans_group);
}

int run(const CampaignOptions& options) {
    auto job = options.job.resolve();
    if (job.folder.output.empty()) throw usage_error("--output is missing: the folder for the scans and their table");
    const auto environment = Environment::current();
    const auto machine = options.job.machine();
    return do_alone_or_as_rank(job.reporting, environment, [&](const Environment& own, const RankDesk* rank) {
        return run_campaign(options.wish, job, machine, own, rank);
    });
}

}  // namespace

void add_campaign_command(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<CampaignOptions>();
    auto* command = app.add_subcommand("campaign", "Analyse many scans, many at a time, into one table");
    add_scan_options(*command, options->wish);
    options->job.add_to(*command, takes::campaign);
    command->footer(
        "Examples:\n"
        "  hlaunch campaign --config config.yaml --data 'scans/*.h5' --q 0.0054,0.0066 --output campaign/\n"
        "  hlaunch campaign --config config.yaml --table scans.csv --plots none --output campaign/\n"
        "  hlaunch campaign --config config.yaml --data 'scans/*.h5' --posterior exact --output campaign/\n"
        "  mpirun --map-by ppr:1:node --bind-to none hlaunch campaign ...      (over several nodes)\n"
        "The same command again, with more scans or not, runs only what has not been run.");
    command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace hlaunch
