// hlaunch compare: the same analysis by hand and by hlaunch, timed side by side on the user's own machine and data.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/error.h"
#include "base/text/shell_quote.h"
#include "cli/commands/commands.h"
#include "cli/options/job_options.h"
#include "cli/options/number_in.h"
#include "cli/output/terminal.h"
#include "homodyne/config/by_hand.h"
#include "job/measure/compare.h"
#include "job/request/preflight.h"
#include "os/files/absolute_path.h"
#include "os/files/file.h"

namespace hlaunch {
namespace {

struct CompareOptions {
    JobCommandOptions job;
    CompareWish wish;
    std::string ways = "unbound,numactl,hlaunch";
    bool dry_run = false;
};

std::string command_text(const WayInstance& instance) {
    auto text = shell_join(instance.argv);
    return instance.cwd.empty() ? text : fmt::format("(cd {} && {})", shell_quote(instance.cwd), text);
}

std::string ways_text(const std::vector<WayPlan>& plans) {
    std::string out;
    for (const auto& plan : plans) out += fmt::format("{:<8}  {}\n", to_string(plan.way), plan.told);
    return out;
}

std::string dry_text(const std::vector<WayPlan>& plans, const CompareWish& wish,
                     const std::vector<std::string>& caveats) {
    std::string out;
    for (const auto& plan : plans) {
        out += fmt::format("# {}: {}\n", to_string(plan.way), plan.told);
        if (!plan.skipped.empty()) out += fmt::format("# skipped: {}\n", plan.skipped);
        for (std::size_t i = 0; i < plan.instances.size(); ++i)
            out += command_text(plan.instances[i]) + (i + 1 < plan.instances.size() ? " &\n" : "\n");
    }
    out += fmt::format(
        "# DIR is a temporary folder; each config.yaml in it is the config with absolute paths, a data cache of its "
        "own,"
        " {} warmup and {} draws, and the number of shards that homodyne finds\n"
        "# {} rounds and one to warm up, after one NLSQ for all; no run is started after {:.0f} s\n",
        wish.num_warmup, wish.num_samples, wish.rounds, wish.seconds);
    for (const auto& caveat : caveats) out += "# " + caveat + "\n";
    return out;
}

// docs/schemas/compare.schema.json
nlohmann::json compare_json(const std::vector<WayPlan>& plans, const CompareWish& wish, unsigned chains,
                            const std::vector<std::string>& caveats) {
    nlohmann::json out{{"format", "hlaunch-compare"},   {"version", 1},
                       {"rounds", wish.rounds},         {"num_chains", chains},
                       {"num_warmup", wish.num_warmup}, {"num_samples", wish.num_samples},
                       {"most_seconds", wish.seconds},  {"caveats", caveats}};
    for (const auto& plan : plans) {
        auto commands = nlohmann::json::array();
        for (const auto& instance : plan.instances) commands.push_back(instance.argv);
        out["ways"].push_back(
            {{"name", to_string(plan.way)}, {"told", plan.told}, {"skipped", plan.skipped}, {"commands", commands}});
    }
    return out;
}

void add_measured(nlohmann::json& json, const Compared& compared, const std::vector<std::string>& verdicts) {
    for (std::size_t i = 0; i < compared.measured.size(); ++i) {
        const auto& way = compared.measured[i];
        json["ways"][i].update({{"sampling_s", way.sampling_s},
                                {"whole_s", way.whole_s},
                                {"remote_share", way.remote_share},
                                {"draws", way.draws},
                                {"failed", way.failed},
                                {"notes", way.notes}});
    }
    json["num_shards"] = compared.num_shards;
    json["rounds_done"] = compared.rounds;
    json["cut_short"] = compared.cut_short;
    json["verdicts"] = verdicts;
}

std::string result_text(const Compared& compared, const CompareWish& wish, const Machine& machine,
                        const std::vector<std::string>& verdicts, const std::vector<std::string>& caveats) {
    auto out = fmt::format("{}, {} shards, {} chains, {} draws a chain after {} of warmup, {} rounds, {}\n{}\n{}\n",
                           utc_text(SystemClock().wall()).substr(0, 10), compared.num_shards, compared.chains,
                           wish.num_samples, wish.num_warmup, compared.rounds, machine.name, ways_text(compared.plans),
                           ways_table(compared.measured));
    for (const auto& verdict : verdicts) out += verdict + "\n";
    if (!compared.cut_short.empty()) out += compared.cut_short + "\n";
    for (const auto& way : compared.measured)
        for (const auto& note : way.notes) out += note + "\n";
    for (const auto& caveat : caveats) out += caveat + "\n";
    return out +
           "\nsampling: from the cut of the shards to the last sampler's end, start of workers in it, as homodyne's "
           "log "
           "tells to the second\n"
           "whole: from the start to the exit, with results and pictures, for hlaunch survey, merge and evaluation "
           "too; "
           "NLSQ in none; it does not grow with the draws as sampling does\n"
           "remote: of anonymous pages, those not on the node where a thread last ran; threads count by CPU time, "
           "processes by memory; median of the rounds\n"
           "compiled code: warm in all ways, each from its own cache after the first round; new data is compiled "
           "first\n"
           "priors: homodyne's workers lose the YAML's; all three ways leave it so, to draw from the same posterior\n";
}

int run(CompareOptions& options) {
    options.wish.ways = parse_ways(options.ways);
    auto job = options.job.resolve();
    if (job.analysis.split != homodyne::Split::shards)
        throw usage_error("compare divides the shards of one run: leave run.split in the settings as it is");
    const auto machine = options.job.machine();
    check_config_file(job.analysis.config);
    const auto caveats = caveats_of(machine);
    const auto environment = Environment::current();
    if (options.dry_run) {
        const auto chains = homodyne::yaml_chains(read_text(job.analysis.config));
        const WaysInput input{.app = job.analysis.app,
                              .hlaunch = "hlaunch",
                              .nlsq_result = job.analysis.nlsq_result.empty()
                                                 ? "DIR/nlsq/nlsq/out"
                                                 : absolute_path(job.analysis.nlsq_result).string(),
                              .folder = "DIR",
                              .chains = chains};
        const auto plans = plan_ways(options.wish, job, machine, environment, input);
        print(job.reporting.json ? compare_json(plans, options.wish, chains, caveats)
                                           .dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
                                       "\n"
                                 : dry_text(plans, options.wish, caveats));
        return 0;
    }
    const auto compared = compare(options.wish, job, machine, environment);
    const auto verdicts = ways_verdicts(compared.measured);
    auto json = compare_json(compared.plans, options.wish, compared.chains, caveats);
    add_measured(json, compared, verdicts);
    print(job.reporting.json ? json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"
                             : result_text(compared, options.wish, machine, verdicts, caveats));
    const bool failed = std::any_of(compared.measured.begin(), compared.measured.end(),
                                    [](const WayMeasured& way) { return !way.failed.empty(); });
    return static_cast<int>(failed ? ExitCode::failed : ExitCode::ok);
}

}  // namespace

void add_compare_command(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<CompareOptions>();
    auto* command = app.add_subcommand("compare", "Time the same analysis unbound, by numactl and by hlaunch");
    command->add_option("CONFIG", options->job.config, "homodyne's YAML")->required();
    command->add_option("--ways", options->ways, "two or three of unbound,numactl,hlaunch")
        ->type_name("LIST")
        ->capture_default_str();
    command->add_option("--rounds", options->wish.rounds, "measurements of each way, after one that warms up")
        ->check(CLI::Range(1U, 100U))
        ->capture_default_str();
    command->add_option("--draws", options->wish.num_samples, "draws a chain of each shard")
        ->check(CLI::Range(1U, 100000U))
        ->capture_default_str();
    command->add_option("--warmup", options->wish.num_warmup, "warmup draws before them")
        ->check(CLI::Range(1U, 100000U))
        ->capture_default_str();
    command->add_option("--seconds", options->wish.seconds, "start no run after so many")
        ->check(number_in(1.0, 1e6))
        ->capture_default_str();
    command->add_flag("--dry-run", options->dry_run, "print the command lines that would be run; start nothing");
    options->job.add_to(*command, takes::tune);
    command->footer(
        "Examples:\n"
        "  hlaunch compare config.yaml --dry-run\n"
        "  hlaunch compare config.yaml --mode cmc-hpc --rounds 5 --draws 500 --warmup 250");
    command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace hlaunch
