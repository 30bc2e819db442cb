#include "job/request/option_table.h"

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/text/shell_quote.h"
#include "base/text/shell_words.h"
#include "job/request/option_fields.h"

namespace hlaunch {
namespace {

using homodyne::PosteriorWish;
using homodyne::Split;
using Kind = SettingRule::Kind;
using option_fields::either;
using option_fields::member;
using option_fields::Words;

// The command that starts the application, quoted as in sh where a word has blanks.
Words application_words(const OptionWords& said) {
    if (said.list) return said.values;
    const auto& text = said.values.front();
    Words out;
    try {
        out = split_shell_words(text);
    } catch (const Error& error) {
        throw usage_error("{}: {}", said.source, error.what());
    }
    if (out.empty()) throw usage_error("{} is empty; name the command that starts homodyne", said.source);
    std::error_code failed;
    if (out.size() > 1 && std::filesystem::is_regular_file(text, failed))
        throw usage_error("{}: the blanks of this file's name part it into {} words; quote them, too: {}", said.source,
                          out.size(), shell_quote(shell_quote(text)));
    return out;
}

template <auto... path>
OptionField of_analysis() {
    return member<&JobOptions::analysis, path...>();
}

OptionField app_field() {
    return {[](JobOptions& options, const OptionWords& said) { options.analysis.app = application_words(said); },
            [](const JobOptions& options) { return Words{shell_join(options.analysis.app)}; }};
}

OptionField per_field() {
    return {[](JobOptions& options, const OptionWords& said) { parse_per(said.values.front(), options.placements); },
            [](const JobOptions& options) { return Words{per_text(options.placements)}; }};
}

// --hooks off stands above --split, wherever that comes from.
OptionField hooks_field() {
    return {[](JobOptions& options, const OptionWords& said) {
                if (said.values.front() == "off") options.analysis.split = Split::none;
            },
            [](const JobOptions& options) { return Words{options.analysis.split == Split::none ? "off" : "on"}; }};
}

OptionField split_field() {
    return {[](JobOptions& options, const OptionWords& said) {
                if (options.analysis.split != Split::none)
                    options.analysis.split = said.values.front() == "replicas" ? Split::replicas : Split::shards;
            },
            [](const JobOptions& options) {
                return Words{options.analysis.split == Split::replicas ? "replicas" : "shards"};
            }};
}

OptionField stage_field() {
    return {[](JobOptions& options, const OptionWords& said) {
                options.analysis.stage = true;
                options.analysis.stage_file = said.values.front();
            },
            [](const JobOptions& options) {
                return options.analysis.stage || !options.analysis.stage_file.empty()
                           ? Words{options.analysis.stage_file}
                           : Words{};
            }};
}

OptionField key_env_field() {
    return {[](JobOptions& options, const OptionWords& said) {
                for (const auto& name : said.values)
                    if (name.empty() || name.find('=') != std::string::npos)
                        throw usage_error("--key-env {}: a variable's name is expected", shell_quote(name));
                options.folder.key_env = said.values;
            },
            [](const JobOptions& options) { return options.folder.key_env; }};
}

OptionField lead_field() {
    return {[](JobOptions& options, const OptionWords& said) {
                options.limits.lead_s = parse_duration(said.values.front());
            },
            [](const JobOptions& options) { return Words{fmt::format("{}s", options.limits.lead_s)}; }};
}

constexpr auto placement_group = "Placement", common_group = "Options";
constexpr auto duration_form = "90s|15m|2h";
constexpr auto limited = takes::run | takes::queue | takes::campaign;   // what may be stopped, and goes on later
constexpr auto drawing = takes::run | takes::plan | takes::campaign;    // what comes to a posterior
constexpr auto preparing = takes::run | takes::campaign | takes::warm;  // what starts an NLSQ fit of its own

}  // namespace

const std::vector<OptionRow>& option_table() {
    // clang-format off
    static const std::vector<OptionRow> rows{
        {.flag = "--config", .commands = takes::run | takes::plan,
         .help = "homodyne's YAML, as you would give it to homodyne", .field = of_analysis<&AnalysisSpec::config>(),
         .value = "FILE"},
        {.flag = "--output", .commands = drawing | takes::queue, .help = "the run folder; the same one again resumes",
         .field = member<&JobOptions::folder, &FolderSpec::output>(), .value = "DIR",
         .other_help = {{takes::campaign, "the campaign's folder; the same one again resumes"}}},
        {.flag = "--mode", .commands = takes::all,
         .help = "auto | cmc | cmc-hpc | nlsq: cmc is content with smaller NUMA nodes",
         .field = of_analysis<&AnalysisSpec::mode>(),
         .rule = {.kind = Kind::choice, .choices = {"auto", "cmc", "cmc-hpc", "nlsq"}}, .value = "MODE",
         .key = "run.mode", .group = placement_group, .always = true},
        {.flag = "--per", .commands = takes::all,
         .help = "one placement per numa | package | l3 | machine | cores:N | auto", .field = per_field(),
         .key = "run.per", .group = placement_group},
        {.flag = "--instances", .commands = takes::all, .help = "so many placements, balanced over the NUMA nodes",
         .field = member<&JobOptions::placements, &PlacementRequest::instances>(),
         .rule = {.kind = Kind::whole, .least = 1, .most = 100000}, .key = "run.instances",
         .otherwise = "as many as --per makes", .group = placement_group, .any_number = true},
        {.flag = "--reserve-cores", .commands = takes::all,
         .help = "cores kept free for the system (default: 1, or 0 with fewer than 4)",
         .field = member<&JobOptions::placements, &PlacementRequest::reserve_cores>(),
         .rule = {.kind = Kind::whole, .least = 0, .most = 100000}, .key = "run.reserve_cores",
         .otherwise = "1, below 4 cores 0", .group = placement_group, .any_number = true},
        {.flag = "--topology", .commands = takes::all,
         .help = "plan for another machine: lstopo's XML file or a synthetic string", .value = "XML|STRING",
         .group = placement_group},
        {.flag = "--app", .commands = takes::application,
         .help = "command that starts homodyne, e.g. \"uv run homodyne\" (homodyne)", .field = app_field(),
         .rule = {.kind = Kind::text, .list = true}, .key = "app.command", .variable = "HLAUNCH_APP",
         .otherwise = "homodyne", .always = true},
        {.flag = "--hooks", .commands = drawing, .help = "off: homodyne as it is, one instance, its own result",
         .field = hooks_field(), .rule = {.kind = Kind::choice, .choices = {"on", "off"}},
         .other_help = {{takes::campaign, "off: homodyne as it is, a process a scan"}}},
        {.flag = "--split", .commands = takes::run | takes::plan | takes::warm,
         .help = "shards of one run over the placements, or replicas with own seeds", .field = split_field(),
         .rule = {.kind = Kind::choice, .choices = {"shards", "replicas"}}, .key = "run.split"},
        {.flag = "--nlsq-result", .commands = takes::run | takes::plan | takes::warm | takes::tune,
         .help = "folder of an NLSQ result; the run makes no fit of its own",
         .field = of_analysis<&AnalysisSpec::nlsq_result>(), .value = "DIR"},
        {.flag = "--num-workers", .commands = takes::application,
         .help = "how many worker processes homodyne starts in each instance (default: cores / 2 - 1)", .field = of_analysis<&AnalysisSpec::num_workers>(),
         .rule = {.kind = Kind::whole, .least = 1, .most = 4096}, .key = "run.num_workers",
         .variable = "HLAUNCH_NUM_WORKERS", .otherwise = "cores / 2 - 1, the YAML's first"},
        {.flag = "--jit-cache", .commands = takes::application,
         .help = "compiled code: shared by all runs, private to each instance, off, or a folder",
         .field = of_analysis<&AnalysisSpec::jit_cache>(), .value = "shared|private|off|DIR", .key = "run.jit_cache",
         .variable = "HLAUNCH_JIT_CACHE"},
        {.flag = "--jit-cache-size", .commands = takes::application,
         .help = "the shared one's limit: the longest unused goes (2GiB)",
         .field = of_analysis<&AnalysisSpec::jit_cache_bytes>(), .rule = {.kind = Kind::size},
         .key = "run.jit_cache_size", .otherwise = "2GiB"},
        {.flag = "--no-learned", .commands = takes::application,
         .help = "forecast memory by the formula alone; learn nothing", .field = of_analysis<&AnalysisSpec::learned>(),
         .rule = {.kind = Kind::flag}, .key = "run.learned", .opposite = true},
        {.flag = "--accept", .commands = takes::run | takes::tune | takes::campaign,
         .help = "let this failed check pass; recorded in merge.json", .field = of_analysis<&AnalysisSpec::accepted>(),
         .rule = {.kind = Kind::text, .list = true}, .key = "run.accept", .repeats = true,
         .other_help = {{takes::tune, "nlsq: build on an NLSQ fit that failed its check"},
                        {takes::campaign, "let this failed check of a scan pass; nlsq: a fit that did not converge"}}},
        {.flag = "--posterior", .commands = drawing,
         .help = "consensus: shards drawn by NUTS and merged; exact: all points at once, without NUTS, certified; "
                 "auto: the consensus where the exact density certifies it, else exact",
         .field = of_analysis<&AnalysisSpec::posterior, &PosteriorWish::kind>(),
         .rule = {.kind = Kind::choice, .choices = {"auto", "consensus", "exact"}}, .variable = "HLAUNCH_POSTERIOR"},
        {.flag = "--ess", .commands = drawing, .help = "exact: effective draws to stop at",
         .field = of_analysis<&AnalysisSpec::posterior, &PosteriorWish::effective_draws>(),
         .rule = {.kind = Kind::number, .least = 100.0, .most = 1e6}},
        {.flag = "--pairs", .commands = drawing,
         .help = "exact: how often a pair of times counts; homodyne counts both (t1, t2) and (t2, t1)",
         .field = either<&JobOptions::analysis, &AnalysisSpec::posterior, &PosteriorWish::pairs_once>("twice", "once"),
         .rule = {.kind = Kind::choice, .choices = {"twice", "once"}}},
        {.flag = "--prior-source", .commands = drawing,
         .help = "exact: priors as homodyne makes them, also of the NLSQ fit, or the YAML's own",
         .field = either<&JobOptions::analysis, &AnalysisSpec::posterior, &PosteriorWish::yaml_priors>(
             "homodyne", "yaml"),
         .rule = {.kind = Kind::choice, .choices = {"homodyne", "yaml"}}},
        {.flag = "--keep-lost-priors", .commands = preparing,
         .help = "leave homodyne's loss of bounds and priors as it is, for comparison",
         .field = of_analysis<&AnalysisSpec::repair_priors>(), .rule = {.kind = Kind::flag}, .opposite = true},
        {.flag = "--keep-stratification", .commands = preparing,
         .help = "leave optimization.stratification as the YAML has it, for comparison: homodyne's NLSQ then fails "
                 "from 100,000 to a million points",
         .field = of_analysis<&AnalysisSpec::keep_stratification>(), .rule = {.kind = Kind::flag}},
        {.flag = "--plots", .commands = takes::run, .help = "homodyne's heatmaps of the merged result",
         .field = of_analysis<&AnalysisSpec::plots>(), .rule = {.kind = Kind::flag}, .key = "run.plots"},
        {.flag = "--stage", .commands = takes::run,
         .help = "copy the data into the memory of each placement before the run; with -- CMD: copy this file",
         .field = stage_field(), .value = "[FILE]", .bare = true},
        {.flag = "--profile", .commands = takes::run,
         .help = "a trace of JAX's profiler from every instance, for TensorBoard; slower",
         .field = of_analysis<&AnalysisSpec::profile>(), .rule = {.kind = Kind::flag}},
        {.flag = "--tracemalloc", .commands = takes::run,
         .help = "most memory Python itself allocated, per process; several times slower",
         .field = of_analysis<&AnalysisSpec::tracemalloc>(), .rule = {.kind = Kind::flag}},
        {.flag = "--fresh", .commands = limited, .help = "forget what the run folder holds and start over",
         .field = member<&JobOptions::folder, &FolderSpec::fresh>(), .rule = {.kind = Kind::flag}},
        {.flag = "--private", .commands = takes::application,
         .help = "nobody else may read what the run writes (a umask of 077)",
         .field = member<&JobOptions::folder, &FolderSpec::keep_private>(), .rule = {.kind = Kind::flag}},
        {.flag = "--key-env", .commands = limited,
         .help = "with another value of this variable it is another run; may be repeated", .field = key_env_field(),
         .value = "NAME", .repeats = true},
        {.flag = "--json-events", .commands = limited,
         .help = "a JSON line an event for another program; a FIFO or /dev/fd/N, too",
         .field = member<&JobOptions::reporting, &Reporting::json_events>(), .value = "FILE"},
        {.flag = "--grace", .commands = limited, .help = "seconds from a stop to SIGKILL",
         .field = member<&JobOptions::limits, &RunLimits::grace_s>(),
         .rule = {.kind = Kind::number, .least = 0.1, .most = 3600}, .key = "run.grace_s"},
        {.flag = "--retries", .commands = limited,
         .help = "how often a part is tried again; default: once after lost and out-of-memory",
         .field = member<&JobOptions::limits, &RunLimits::retries>(), .value = "N|lost=N,...",
         .otherwise = "once after lost and out-of-memory"},
        {.flag = "--instance-limit", .commands = limited, .help = "stop an instance that takes longer",
         .field = member<&JobOptions::limits, &RunLimits::instance_limit_s>(), .value = duration_form},
        {.flag = "--time-limit", .commands = limited,
         .help = "be over by then: start nothing that would not end, stop what runs",
         .field = member<&JobOptions::limits, &RunLimits::time_limit_s>(), .value = duration_form},
        {.flag = "--lead", .commands = limited,
         .help = "from the scheduler's SIGUSR1 or SIGUSR2 to its end of the job; default 2m", .field = lead_field(),
         .value = duration_form, .otherwise = "2m"},
        {.flag = "--quiet", .commands = takes::application | takes::queue, .help = "no progress lines",
         .field = member<&JobOptions::reporting, &Reporting::quiet>(), .rule = {.kind = Kind::flag},
         .group = common_group},
        {.flag = "--json", .commands = takes::application | takes::queue, .help = "the result as JSON",
         .field = member<&JobOptions::reporting, &Reporting::json>(), .rule = {.kind = Kind::flag},
         .group = common_group},
    };
    // clang-format on
    return rows;
}

bool is_default(const OptionRow& row, const JobOptions& options) {
    static const JobOptions usual;
    return row.field.write(options) == row.field.write(usual);
}

}  // namespace hlaunch
