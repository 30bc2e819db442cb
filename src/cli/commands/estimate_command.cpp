// hlaunch estimate: points, memory and the way homodyne will take, for each placement. Nothing is started but the
// survey.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text/quantity.h"
#include "cli/commands/commands.h"
#include "cli/options/job_options.h"
#include "cli/options/number_in.h"
#include "cli/output/terminal.h"
#include "homodyne/plan/estimate.h"
#include "homodyne/plan/forecast.h"
#include "job/analysis/survey_alone.h"
#include "job/request/placements.h"
#include "os/host/hwloc_reader.h"

namespace hlaunch {
namespace {

struct EstimateOptions {
    JobCommandOptions job;
    std::optional<std::uint64_t> points;
    std::optional<unsigned> parameters;
    double memory_fraction = homodyne::default_memory_fraction;
};

// What is told, for people and for programs.
struct Report {
    Plan plan;
    std::uint64_t points = 0;
    unsigned parameters = 0;
    std::optional<homodyne::Facts> facts;
    std::vector<homodyne::PlacementEstimate> rows;
    std::vector<std::string> warnings;
    double exact_s = 0.0;  // forecast of --posterior exact, and a sentence about it; empty: no CMC
    std::string exact;
};

Report estimate_analysis(const JobOptions& options, const Machine& machine) {
    Report out;
    out.plan = plan_placements(options, machine);
    auto survey = survey_alone(options, machine.foreign ? read_limited_machine() : machine, Environment::current(),
                               static_cast<unsigned>(out.plan.placements.size()));
    if (!survey.facts.known)
        throw usage_error("homodyne {} is no version whose memory is known; see hlaunch estimate --points",
                          survey.facts.version);
    if (machine.foreign) survey.request.memory_history = {};  // learned here, not there
    for (const char* stage : {"nlsq", "cmc"})
        if (const auto learned = homodyne::learned_factor(survey.request, survey.facts, stage); learned.runs > 0)
            out.warnings.push_back(fmt::format("{}: forecast{}", stage, homodyne::describe(learned)));
    out.rows = estimate(out.plan.placements, survey.facts, survey.request);
    out.points = survey.facts.data_points;
    out.parameters = survey.facts.nlsq_parameters;
    const auto fraction = survey.facts.memory_fraction;
    if (fraction && *fraction != homodyne::default_memory_fraction)
        out.warnings.push_back(
            fmt::format("optimization.nlsq.memory_fraction is {}, but homodyne {} chooses by {} all the same",
                        *fraction, survey.facts.version, homodyne::default_memory_fraction));
    if (survey.facts.num_shards > 0) {
        const auto cores = cores_of(out.plan.placements);
        out.exact_s = homodyne::forecast_exact_seconds(survey.facts, cores, options.analysis.posterior.effective_draws);
        out.exact = homodyne::describe_exact(survey.facts, cores, options.analysis.posterior.effective_draws);
    }
    out.facts = std::move(survey.facts);
    return out;
}

Report estimate_numbers(const EstimateOptions& options, const JobOptions& job, const Machine& machine) {
    Report out;
    out.plan = plan_placements(job, machine);
    out.points = *options.points;
    out.parameters = *options.parameters;
    out.rows = homodyne::estimate(out.plan.placements, out.points, out.parameters, options.memory_fraction);
    return out;
}

nlohmann::ordered_json to_json(const Report& report) {
    nlohmann::ordered_json root{
        {"format", "hlaunch-estimate"}, {"version", 1}, {"points", report.points}, {"parameters", report.parameters}};
    if (report.facts)
        root["data"] = {{"angles", report.facts->phi_degrees.size()},
                        {"frames", report.facts->frames},
                        {"cmc_points", report.facts->points},
                        {"shards", report.facts->num_shards}};
    root["placements"] = nlohmann::ordered_json::array();
    for (const auto& row : report.rows) {
        nlohmann::ordered_json entry{{"index", row.placement},
                                     {"cpus", report.plan.placements[row.placement].cpus.str()},
                                     {"memory_bytes", row.memory_bytes}};
        if (row.nlsq)
            entry["nlsq"] = {{"peak_gib", row.nlsq->peak_gib},
                             {"index_gib", row.nlsq->index_gib},
                             {"threshold_gib", row.nlsq->threshold_gib},
                             {"strategy", to_string(row.nlsq->strategy)}};
        if (report.facts)
            entry["forecast"] = {{"nlsq_bytes", row.nlsq_bytes},
                                 {"cmc_workers", row.workers},
                                 {"cmc_bytes", row.cmc_bytes},
                                 {"instances_that_fit", row.instances_that_fit()}};
        root["placements"].push_back(std::move(entry));
    }
    if (!report.exact.empty()) root["exact_s"] = report.exact_s;
    root["warnings"] = report.warnings;
    return root;
}

std::string heading(const Report& report) {
    auto out = fmt::format("{} points, {} parameters", report.points, report.parameters);
    if (report.facts)
        out += fmt::format("; {} angles of {} frames{}", report.facts->phi_degrees.size(), report.facts->frames,
                           report.facts->num_shards > 0 ? fmt::format("; CMC: {} points in {} shards",
                                                                      report.facts->points, report.facts->num_shards)
                                                        : "");
    return out;
}

std::string from_gib(double gib) {
    return format_bytes(static_cast<std::uint64_t>(gib * 1024.0 * 1024.0 * 1024.0));
}

std::string row_text(const Report& report, const homodyne::PlacementEstimate& row) {
    const auto memory = row.memory_bytes > 0 ? format_bytes(row.memory_bytes) : "unknown";
    auto out =
        fmt::format("{:<9} {:<12} {:>10}", row.placement, report.plan.placements[row.placement].cpus.str(), memory);
    if (report.facts)
        out += fmt::format(" {:>10} {:>7} {:>10} {:>4}", format_bytes(row.nlsq_bytes), row.workers,
                           row.workers > 0 ? format_bytes(row.cmc_bytes) : "-", row.instances_that_fit());
    if (row.nlsq)
        out += fmt::format(" {:>10} {:>10}  {}", from_gib(row.nlsq->peak_gib), from_gib(row.nlsq->threshold_gib),
                           to_string(row.nlsq->strategy));
    return out + "\n";
}

std::string to_text(const Report& report, const Style& style) {
    auto titles = fmt::format("{:<9} {:<12} {:>10}", "placement", "cpus", "memory");
    if (report.facts) titles += fmt::format(" {:>10} {:>7} {:>10} {:>4}", "NLSQ", "workers", "CMC", "fit");
    titles += fmt::format(" {:>10} {:>10}  {}", "Jacobian", "threshold", "strategy");
    auto out = style.bold(heading(report)) + "\n\n" + style.bold(titles) + "\n";
    for (const auto& row : report.rows) out += row_text(report, row);
    out += "\n";
    if (report.facts) out += "NLSQ, CMC: forecast of the whole process tree. fit: so many such instances at once.\n";
    out += "Jacobian, threshold, strategy: homodyne's own estimate with the memory it will see.\n";
    if (!report.exact.empty()) out += report.exact + "\n";
    for (const auto& warning : report.warnings) out += "note: " + warning + "\n";
    return out;
}

void run(const CLI::App& app, const EstimateOptions& options) {
    const auto job = options.job.resolve();
    if (options.points.has_value() != options.parameters.has_value())
        throw usage_error("--points and --parameters go together");
    if (job.analysis.config.empty() == !options.points)
        throw usage_error("give a config, or --points and --parameters; see hlaunch estimate --help");
    if (!job.analysis.config.empty() && app.count("--memory-fraction") > 0)
        throw usage_error("--memory-fraction is for --points: an analysis has its own");
    const auto machine = options.job.machine();
    const auto report = options.points ? estimate_numbers(options, job, machine) : estimate_analysis(job, machine);
    const auto text = job.reporting.json
                          ? to_json(report).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"
                          : to_text(report, Style(stdout_has_colour()));
    std::fputs(text.c_str(), stdout);
}

}  // namespace

void add_estimate_command(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<EstimateOptions>();
    auto* command = app.add_subcommand("estimate", "Points, memory and homodyne's strategy for each placement");
    command->add_option("CONFIG", options->job.config, "homodyne's YAML, as you would give it to homodyne");
    // The limit also catches a negative number, which the parser would wrap round.
    command->add_option("--points", options->points, "instead of a config: so many data points")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 50U));
    command->add_option("--parameters", options->parameters, "and so many parameters of NLSQ")
        ->check(CLI::Range(1U, 1U << 20U));
    command
        ->add_option("--memory-fraction", options->memory_fraction,
                     "of the memory, before homodyne leaves the standard way")
        ->check(number_in(0.01, 1.0))
        ->capture_default_str();
    options->job.add_to(*command, takes::survey);
    command->footer(
        "Examples:\n"
        "  hlaunch estimate config.yaml --mode cmc-hpc\n"
        "  hlaunch estimate --points 23000000 --parameters 53 --topology 'pack:2 [numa(memory=64GB)] core:16 pu:2'");
    command->callback([options, command, &exit_code] {
        run(*command, *options);
        exit_code = 0;
    });
}

}  // namespace hlaunch
