#include "cli/options/job_options.h"

#include <sys/stat.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/error.h"
#include "base/text/quantity.h"
#include "base/text/shell_quote.h"
#include "base/text/shell_words.h"
#include "cli/options/number_in.h"
#include "cli/options/settings_files.h"
#include "job/request/arguments.h"

namespace hlaunch {
namespace {

constexpr const char* group = "Analysis";

// The command that starts the application, quoted as in sh where a word has blanks.
std::vector<std::string> words_of(const std::string& text, const std::string& where) {
    std::vector<std::string> out;
    try {
        out = split_shell_words(text);
    } catch (const Error& error) {
        throw usage_error("{}: {}", where, error.what());
    }
    if (out.empty()) throw usage_error("{} is empty; name the command that starts homodyne", where);
    std::error_code failed;
    if (out.size() > 1 && std::filesystem::is_regular_file(text, failed))
        throw usage_error("{}: the blanks of this file's name part it into {} words; quote them, too: {}", where,
                          out.size(), shell_quote(shell_quote(text)));
    return out;
}

// Settings are known to be in their range (cli/options/settings.cpp).
unsigned whole_number(const Setting& setting) {
    return static_cast<unsigned>(std::stoul(setting.values.front()));
}

// An option of another command is not given.
bool is_given(const CLI::App& app, const char* option) {
    const auto* found = app.get_option_no_throw(option);
    return found != nullptr && found->count() > 0;
}

}  // namespace

void JobCommandOptions::add_survey_options_to(CLI::App& app) {
    app.add_option("--app", app_command_, "command that starts homodyne, e.g. \"uv run homodyne\" (homodyne)")
        ->envname("HLAUNCH_APP")
        ->group(group);
    app.add_option("--num-workers", num_workers_, "worker processes an instance (cores / 2 - 1)")
        ->envname("HLAUNCH_NUM_WORKERS")
        ->check(CLI::Range(1U, 4096U))
        ->group(group);
    app.add_option("--jit-cache", jit_cache_,
                   "compiled code: shared by all runs, private to each instance, off, or a folder")
        ->envname("HLAUNCH_JIT_CACHE")
        ->type_name("shared|private|off|DIR")
        ->capture_default_str()
        ->group(group);
    app.add_option("--jit-cache-size", jit_cache_size_, "the shared one's limit: the longest unused goes (2GiB)")
        ->type_name("SIZE")
        ->group(group);
    app.add_flag("--no-learned", no_learned_, "forecast memory by the formula alone; learn nothing")->group(group);
    app.add_flag("--private", private_, "nobody else may read what the run writes (a umask of 077)")->group(group);
    app.add_flag("--quiet", quiet_, "no progress lines");
    app.add_flag("--json", json_, "the result as JSON");
    placement.add_to(app);
}

void JobCommandOptions::add_split_options_to(CLI::App& app) {
    app.add_option("--split", split_, "shards of one run over the placements, or replicas with own seeds")
        ->check(CLI::IsMember({"shards", "replicas"}))
        ->capture_default_str()
        ->group(group);
    app.add_option("--nlsq-result", nlsq_result_, "an NLSQ result to start from, instead of stage nlsq")
        ->type_name("DIR")
        ->group(group);
}

void JobCommandOptions::add_priors_option_to(CLI::App& app) {
    app.add_flag("--keep-lost-priors", keep_lost_priors_,
                 "leave homodyne's loss of bounds and priors as it is, for comparison")
        ->group(group);
    app.add_flag(
           "--keep-stratification", keep_stratification_,
           "leave optimization.stratification as the YAML has it, for comparison: homodyne's NLSQ then fails from "
           "100,000 to a million points")
        ->group(group);
}

void JobCommandOptions::add_posterior_options_to(CLI::App& app) {
    app.add_option(
           "--posterior", posterior_,
           "consensus: shards drawn by NUTS and merged; exact: all points at once, without NUTS, certified; auto: "
           "the consensus where the exact density certifies it, else exact")
        ->envname("HLAUNCH_POSTERIOR")
        ->check(CLI::IsMember({"auto", "consensus", "exact"}))
        ->capture_default_str()
        ->group(group);
    app.add_option("--ess", effective_draws_, "exact: effective draws to stop at")
        ->check(number_in(100.0, 1e6))
        ->capture_default_str()
        ->group(group);
    app.add_option("--pairs", pairs_,
                   "exact: how often a pair of times counts; homodyne counts both (t1, t2) and (t2, t1)")
        ->check(CLI::IsMember({"twice", "once"}))
        ->capture_default_str()
        ->group(group);
    app.add_option("--prior-source", prior_source_,
                   "exact: priors as homodyne makes them, also of the NLSQ fit, or the YAML's own")
        ->check(CLI::IsMember({"homodyne", "yaml"}))
        ->capture_default_str()
        ->group(group);
}

void JobCommandOptions::add_warm_options_to(CLI::App& app) {
    add_split_options_to(app);
    add_priors_option_to(app);
    add_survey_options_to(app);
}

void JobCommandOptions::add_plan_options_to(CLI::App& app) {
    app.add_option("--config", config, "homodyne's YAML, as you would give it to homodyne")
        ->type_name("FILE")
        ->group(group);
    app.add_option("--output", output, "the run folder; the same one again resumes")->type_name("DIR")->group(group);
    app.add_option("--hooks", hooks_, "off: homodyne as it is, one instance, its own result")
        ->check(CLI::IsMember({"on", "off"}))
        ->capture_default_str()
        ->group(group);
    add_split_options_to(app);
    add_posterior_options_to(app);
    add_survey_options_to(app);
}

void JobCommandOptions::add_tune_options_to(CLI::App& app) {
    app.add_option("--nlsq-result", nlsq_result_, "an NLSQ result to start from, instead of stage nlsq")
        ->type_name("DIR")
        ->group(group);
    app.add_option("--accept", accepted_, "nlsq: build on an NLSQ fit that failed its check")
        ->allow_extra_args(false)
        ->group(group);
    add_survey_options_to(app);
}

void JobCommandOptions::add_run_options_to(CLI::App& app) {
    app.add_option("--accept", accepted_, "let this failed check pass; recorded in merge.json")
        ->allow_extra_args(false)
        ->group(group);
    add_priors_option_to(app);
    app.add_flag("--plots", plots_, "homodyne's heatmaps of the merged result")->group(group);
    app.add_flag("--profile", profile_, "a trace of JAX's profiler from every instance, for TensorBoard; slower")
        ->group(group);
    app.add_flag("--tracemalloc", tracemalloc_,
                 "most memory Python itself allocated, per process; several times slower")
        ->group(group);
    app.add_option("--stage", stage_file_,
                   "copy the data into each placement's own memory for the run; with -- CMD: this file")
        ->expected(0, 1)
        ->type_name("[FILE]")
        ->group(group);
    add_limit_options_to(app);
    add_plan_options_to(app);
}

void JobCommandOptions::add_limit_options_to(CLI::App& app) {
    app.add_flag("--fresh", fresh_, "forget what the run folder holds and start over")->group(group);
    app.add_option("--key-env", key_env_, "with another value of this variable it is another run; may be repeated")
        ->allow_extra_args(false)
        ->type_name("NAME")
        ->group(group);
    app.add_option("--json-events", json_events_, "a JSON line an event for another program; a FIFO or /dev/fd/N, too")
        ->type_name("FILE")
        ->group(group);
    app.add_option("--grace", grace_s_, "seconds from a stop to SIGKILL")
        ->check(number_in(0.1, 3600.0))
        ->capture_default_str()
        ->group(group);
    app.add_option("--retries", retries_, "how often a part is tried again; default: once after lost and out-of-memory")
        ->type_name("N|lost=N,...")
        ->group(group);
    app.add_option("--instance-limit", instance_limit_, "stop an instance that takes longer")
        ->type_name("90s|15m|2h")
        ->group(group);
    app.add_option("--time-limit", time_limit_, "be over by then: start nothing that would not end, stop what runs")
        ->type_name("90s|15m|2h")
        ->group(group);
    app.add_option("--lead", lead_, "from the scheduler's SIGUSR1 or SIGUSR2 to its end of the job; default 2m")
        ->type_name("90s|15m|2h")
        ->group(group);
}

void JobCommandOptions::add_queue_options_to(CLI::App& app) {
    app.add_option("--output", output, "the run folder; the same one again resumes")->type_name("DIR")->group(group);
    app.add_flag("--quiet", quiet_, "no progress lines");
    app.add_flag("--json", json_, "the result as JSON");
    add_limit_options_to(app);
    placement.add_to(app);
}

void JobCommandOptions::add_campaign_options_to(CLI::App& app) {
    app.add_option("--output", output, "the campaign's folder; the same one again resumes")
        ->type_name("DIR")
        ->group(group);
    app.add_option("--accept", accepted_, "let this failed check of a scan pass; nlsq: a fit that did not converge")
        ->allow_extra_args(false)
        ->group(group);
    app.add_option("--hooks", hooks_, "off: homodyne as it is, a process a scan")
        ->check(CLI::IsMember({"on", "off"}))
        ->capture_default_str()
        ->group(group);
    add_priors_option_to(app);
    add_posterior_options_to(app);
    add_limit_options_to(app);
    add_survey_options_to(app);
}

std::vector<JobCommandOptions::Explained> JobCommandOptions::explain(const CLI::App& app,
                                                                     const Settings& settings) const {
    const std::array<std::array<const char*, 3>, 9> known{
        {{"--mode", "run.mode", "auto"},
         {"--per", "run.per", "auto"},
         {"--instances", "run.instances", "as many as --per makes"},
         {"--reserve-cores", "run.reserve_cores", "1, below 4 cores 0"},
         {"--split", "run.split", "shards"},
         {"--num-workers", "run.num_workers", "cores / 2 - 1, the YAML's first"},
         {"--app", "app.command", "homodyne"},
         {"--jit-cache", "run.jit_cache", "shared"},
         {"--grace", "run.grace_s", "30"}}};
    std::vector<Explained> out;
    for (const auto& [option, key, otherwise] : known) {
        const auto* setting = settings.find(key);
        const auto* given = app.get_option_no_throw(option);
        if (given == nullptr) continue;  // of another command
        if (given->count() > 0)
            out.push_back({option, given->as<std::string>(),
                           given->get_envname().empty() ? "command line" : "command line or " + given->get_envname()});
        else if (setting != nullptr)
            out.push_back(
                {option,
                 setting->list ? shell_join(setting->values) : fmt::format("{}", fmt::join(setting->values, " ")),
                 setting->source});
        else
            out.push_back({option, otherwise, "default"});
    }
    return out;
}

// What can only come to nothing.
void JobCommandOptions::check_times(const CLI::App& app, const Settings& settings, const JobOptions& options) const {
    const auto* set = settings.find("run.grace_s");
    const auto grace = fmt::format("{} s ({})", options.grace_s,
                                   set != nullptr && !is_given(app, "--grace") ? set->source : "--grace");
    if (options.time_limit_s && *options.time_limit_s <= options.grace_s)
        throw usage_error(
            "--time-limit {}: what runs is stopped the grace of {} before it, so that nothing would ever start; give "
            "more time, or less --grace",
            time_limit_, grace);
    if (!lead_.empty() && options.lead_s <= options.grace_s)
        throw usage_error(
            "--lead {}: what runs may take the grace of {} to end, and the scheduler would kill it first; give a "
            "longer --lead, or less --grace",
            lead_, grace);
}

JobOptions JobCommandOptions::resolve(const CLI::App& app) const {
    return resolve(app, load_settings());
}

JobOptions JobCommandOptions::resolve(const CLI::App& app, const Settings& settings) const {
    JobOptions out;
    out.config = config;
    out.output = output;
    auto mode = placement.mode;
    if (!is_given(app, "--mode")) {
        const auto* setting = settings.find("run.mode");
        mode = setting != nullptr ? setting->values.front() : "auto";
    }
    try {
        out.mode = homodyne::parse_mode(mode.substr(0, 40));
    } catch (const Error& error) {
        const auto* setting = settings.find("run.mode");
        throw usage_error("{}{}", !is_given(app, "--mode") && setting != nullptr ? setting->source + ": " : "",
                          error.what());
    }
    const auto* split = settings.find("run.split");
    const auto how = !is_given(app, "--split") && split != nullptr ? split->values.front() : split_;
    if (how != "shards" && how != "replicas")
        throw usage_error("{}: run.split is '{}'; use shards or replicas", split->source, how);
    out.split = hooks_ == "off"     ? homodyne::Split::none
                : how == "replicas" ? homodyne::Split::replicas
                                    : homodyne::Split::shards;
    if (!app_command_.empty())
        out.app = words_of(app_command_, "--app");
    else if (const auto* command = settings.find("app.command"))
        out.app =
            command->list ? command->values : words_of(command->values.front(), command->source + ": app.command");
    out.nlsq_result = nlsq_result_;
    out.num_workers = num_workers_;
    if (const auto* workers = settings.find("run.num_workers"); workers != nullptr && !out.num_workers)
        out.num_workers = whole_number(*workers);
    out.accepted = accepted_;
    if (const auto* accepted = settings.find("run.accept"); accepted != nullptr && accepted_.empty())
        out.accepted = accepted->values;
    out.repair_priors = !keep_lost_priors_;
    out.posterior = {.kind = homodyne::parse_posterior(posterior_),
                     .effective_draws = effective_draws_,
                     .pairs_once = pairs_ == "once",
                     .yaml_priors = prior_source_ == "yaml"};
    out.keep_stratification = keep_stratification_;
    out.plots = plots_;
    if (const auto* plots = settings.find("run.plots"); plots != nullptr && !plots_)
        out.plots = plots->values.front() == "true";
    out.jit_cache = jit_cache_;
    if (const auto* cache = settings.find("run.jit_cache"); cache != nullptr && !is_given(app, "--jit-cache"))
        out.jit_cache = cache->values.front();
    if (!jit_cache_size_.empty())
        out.jit_cache_bytes = parse_bytes(jit_cache_size_);
    else if (const auto* size = settings.find("run.jit_cache_size"))
        out.jit_cache_bytes = parse_bytes(size->values.front());
    out.profile = profile_;
    out.tracemalloc = tracemalloc_;
    out.stage = is_given(app, "--stage");
    out.stage_file = stage_file_;
    out.learned = !no_learned_;
    if (const auto* learned = settings.find("run.learned"); learned != nullptr && !no_learned_)
        out.learned = learned->values.front() == "true";
    out.fresh = fresh_;
    out.keep_private = private_;
    if (private_) ::umask(S_IRWXG | S_IRWXO);  // before anything is written
    out.quiet = quiet_;
    out.json = json_;
    out.grace_s = grace_s_;
    if (const auto* grace = settings.find("run.grace_s"); grace != nullptr && !is_given(app, "--grace"))
        out.grace_s = std::stod(grace->values.front());
    if (!retries_.empty()) out.retries = Retries::parse(retries_);
    if (!instance_limit_.empty()) out.instance_limit_s = parse_duration(instance_limit_);
    if (!time_limit_.empty()) out.time_limit_s = parse_duration(time_limit_);
    if (!lead_.empty()) out.lead_s = parse_duration(lead_);
    out.json_events = json_events_;
    for (const auto& name : key_env_) {
        if (name.empty() || name.find('=') != std::string::npos)
            throw usage_error("--key-env {}: a variable's name is expected", shell_quote(name));
        out.key_env.push_back(name);
    }
    out.placements = placement.request();
    if (const auto* per = settings.find("run.per"); per != nullptr && !is_given(app, "--per"))
        parse_per(per->values.front(), out.placements);
    if (const auto* instances = settings.find("run.instances"); instances != nullptr && !out.placements.instances)
        out.placements.instances = whole_number(*instances);
    if (const auto* reserve = settings.find("run.reserve_cores"); reserve != nullptr && !out.placements.reserve_cores)
        out.placements.reserve_cores = whole_number(*reserve);
    out.placements.min_numa_cores = homodyne::min_numa_cores(out.mode);
    check_times(app, settings, out);
    const auto said = to_arguments(out);
    for (const std::string option : {"--per", "--jit-cache", "--jit-cache-size", "--grace", "--retries", "--lead",
                                     "--posterior", "--ess", "--pairs", "--prior-source"})
        if (is_given(app, option.c_str()) && std::none_of(said.begin(), said.end(), [&](const auto& word) {
                return word == option || word.starts_with(option + "=");
            }))
            out.stated.push_back(option);
    return out;
}

}  // namespace hlaunch
