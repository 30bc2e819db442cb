#include "cli/options/script_options.h"

#include <CLI/CLI.hpp>

#include <filesystem>

#include "base/error.h"
#include "base/text/printable.h"
#include "base/text/quantity.h"
#include "base/text/shell_quote.h"
#include "cli/options/settings_files.h"
#include "cli/output/plan_text.h"
#include "homodyne/plan/idle.h"
#include "job/analysis/dry_plan.h"
#include "job/request/arguments.h"
#include "job/request/placements.h"
#include "job/request/preflight.h"
#include "os/files/absolute_path.h"
#include "os/host/hwloc_reader.h"
#include "os/spawn/child.h"
#include "os/spawn/command_output.h"
#include "run/journal/run_kind.h"
#include "script/mustache.h"
#include "script/scheduler/scontrol_node.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

// What the workers and the merge of a script are to do, as both are told. Nothing is dropped: what cannot be carried is
// refused.
std::vector<std::string> analysis_words(JobOptions job) {
    if (job.folder.fresh)
        throw usage_error("--fresh: the workers of a script share what is in {}; remove it instead", job.folder.output);
    if (!job.reporting.json_events.empty())
        throw usage_error(
            "--json-events {}: the workers of a script would write over each other; hlaunch status {} "
            "--json tells of all",
            job.reporting.json_events, shell_quote(job.folder.output));
    if (!job.analysis.stage_file.empty())
        throw usage_error("--stage takes no file with --config: the YAML names the data");
    job.analysis.config = absolute_path(job.analysis.config).string();
    job.folder.output = absolute_path(job.folder.output).string();
    if (!job.analysis.nlsq_result.empty()) job.analysis.nlsq_result = absolute_path(job.analysis.nlsq_result).string();
    // A compute node may have another PATH, or another homodyne first in it.
    if (job.analysis.app.empty()) throw usage_error("--app is empty; name the homodyne command");
    if (const auto program = find_program(job.analysis.app.front(), Environment::current().get("PATH").value_or("")))
        job.analysis.app.front() = absolute_path(*program).string();
    return to_arguments(job);
}

}  // namespace

void ScriptOptions::add_to(CLI::App& app) {
    const std::string group = "Script";
    app.add_option("--nodes", nodes_, "how many nodes; of an array: how many elements")
        ->check(CLI::Range(1U, 100000U))
        ->capture_default_str()
        ->group(group);
    app.add_option("--node", node_,
                   "a compute node's name: its size is asked of scontrol; this: nodes are like this machine")
        ->group(group);
    app.add_option("--limit", limit_, "elements of an array that run at once")
        ->check(CLI::Range(1U, 100000U))
        ->group(group);
    app.add_option("--hostfile", hostfile_, "for mpirun")->type_name("FILE")->group(group);
    app.add_option("--site", site_file_, "a TOML file with a table [site]; hlaunch.toml may have one, too")
        ->type_name("FILE")
        ->group(group);
    app.add_option("--set", set_, "a setting of the site: walltime=12h, partition=long ...; may be repeated")
        ->allow_extra_args(false)
        ->type_name("KEY=VALUE")
        ->group(group);
    app.add_option("--memory", memory_, "what a node is asked for, as in 64GiB; default: the forecast")
        ->type_name("SIZE")
        ->group(group);
    app.add_flag("--no-forecast", no_forecast_, "do not start homodyne here to forecast memory")->group(group);
    job_.add_to(app, takes::run);
}

SiteSettings ScriptOptions::site() const {
    if (!site_file_.empty() && !fs::exists(site_file_))
        throw usage_error("--site {}: there is no such file", printable(site_file_));
    SiteValues values;
    const std::string prefix = "site.";
    const auto settings = load_settings(site_file_);
    for (const auto& [key, setting] : settings.all())
        if (key.starts_with(prefix))
            values[key.substr(prefix.size())] = {setting.values, fmt::format("{}:{}", setting.source, setting.column),
                                                 setting.types, setting.list};
    for (const auto& text : set_) {
        const auto equals = text.find('=');
        if (equals == std::string::npos || equals == 0)
            throw usage_error("--set {}: write KEY=VALUE; keys are those of [site]", shell_quote(text));
        auto& value = values[text.substr(0, equals)];
        if (value.source != "--set") value = {{}, "--set", {}, false};
        value.values.push_back(text.substr(equals + 1));
    }
    return site_settings(values);
}

std::optional<ScriptOptions::Node> ScriptOptions::node(const SiteSettings& site) const {
    if (!node_.empty() && job_.given("--topology"))
        throw usage_error("--node tells what --topology gives: leave one of them out");
    if (node_ == "this") {
        auto machine = read_machine();
        return Node{machine, "nodes like this machine", 0};
    }
    if (node_.starts_with("-")) throw usage_error("--node {}: a node's name is expected", shell_quote(node_));
    if (!node_.empty()) {
        const auto told = node_of_scontrol(command_output({"scontrol", "show", "node", node_}));
        auto machine = read_foreign_machine(told.topology);
        machine.name = node_;
        return Node{std::move(machine), "the node as scontrol tells it", told.most_cpus};
    }
    if (job_.given("--topology")) return Node{job_.machine(), "the node of --topology", 0};
    if (!site.topology.empty()) return Node{read_foreign_machine(site.topology), "the node of site.topology", 0};
    return std::nullopt;
}

std::string ScriptOptions::output() const {
    return absolute_path(job_.given("--output").value_or("")).string();
}

std::vector<ScriptVariable> ScriptOptions::variables(ScriptKind kind) const {
    auto job = job_.resolve();
    if (job.analysis.config.empty() || job.folder.output.empty())
        throw usage_error("a script needs --config C.yaml and --output DIR, a folder that all nodes see");
    if (!fs::is_regular_file(job.analysis.config))
        throw usage_error("{}: there is no such file; --config names one that all nodes see",
                          printable(job.analysis.config));
    refuse_kind(kind_of_run(RunFolder{output()}), "run", job.folder.output);
    if (!hostfile_.empty() && !fs::exists(hostfile_))
        throw usage_error("--hostfile {}: there is no such file; name one that mpirun is to read",
                          printable(hostfile_));
    const bool exact = job.analysis.posterior.is_exact();
    if (exact && kind == ScriptKind::slurm_array)
        throw usage_error(
            "--posterior exact: its workers answer each other, and elements of an array do not run at the same time; "
            "use slurm instead of slurm-array");
    if (job.analysis.split != homodyne::Split::shards)
        throw usage_error("several nodes share the shards of one run: leave --split and --hooks out");
    check_named_inputs(job.analysis);
    auto settings = site();
    const bool slurm = kind == ScriptKind::slurm || kind == ScriptKind::slurm_array;
    if (job_.given("--lead"))
        throw usage_error("--lead: of a script the site's setting counts, for the scheduler, too: --set lead_s={:.0f}",
                          job.limits.lead_s);
    notes_.clear();
    if (slurm) {
        const auto lead_s = lead_within(settings, job.limits.grace_s);
        if (lead_s != settings.lead_s)
            notes_.push_back(
                fmt::format("hlaunch: the scheduler warns {} s before the end instead of {} s: the walltime is short",
                            lead_s, settings.lead_s));
        settings.lead_s = lead_s;
    }
    if (kind == ScriptKind::pbs && !settings.walltime_has_unit)
        throw usage_error("{}: walltime of PBS without a unit would be seconds to PBS and minutes to Slurm; write {}m",
                          settings.sources.at("walltime"), settings.walltime_s / 60);
    const auto there = node(settings);
    auto needs = there ? NodeNeeds{} : whole_node_needs(kind, settings);
    const auto machine = there ? there->machine : read_machine();
    Plan plan = plan_placements(job, machine);
    if (!no_forecast_ && memory_.empty()) {
        auto planned = job;
        planned.analysis.learned = false;  // here, not there
        const auto in_all = nodes_ * static_cast<unsigned>(plan.placements.size());
        homodyne::Facts facts;
        plan = plan_job(planned, machine, machine.foreign ? read_machine() : machine, Environment::current(), in_all,
                        &facts);
        if (!there) {  // what this machine's placements would do is nobody's business
            plan.warnings.clear();
            homodyne::AnalysisRequest request;
            request.mode = job.analysis.mode;
            if (auto idle = exact ? std::nullopt : homodyne::idle_nodes_warning(nodes_, request, facts))
                plan.warnings.push_back(std::move(*idle));
        }
    }
    std::error_code failed;
    ScriptRequest request{.kind = kind,
                          .nodes = nodes_,
                          .array_limit = limit_,
                          .hostfile = hostfile_.empty() ? "" : fs::absolute(hostfile_).string(),
                          .version = HLAUNCH_VERSION,
                          .hlaunch = fs::read_symlink("/proc/self/exe", failed).string(),
                          .folder = fs::current_path().string(),
                          .output = output(),
                          .analysis = analysis_words(job)};
    if (there) {
        needs = node_needs(plan, settings.exclusive || !job_.given("--instances"));
        if (there->most_cpus > 0 && needs.cpus > there->most_cpus) {
            needs.cpus = there->most_cpus;
            needs.cpus_source = "what Slurm gives to jobs of that node (CPUEfctv)";
        }
        auto as_any = machine;
        as_any.foreign = false;
        needs.sized_for = printable(fmt::format("{}, {}", there->what, machine_line(as_any, plan.machine)));
    }
    notes_.insert(notes_.begin(), "hlaunch: for " + needs.sized_for);
    for (const auto& warning : plan.warnings) notes_.push_back("hlaunch: warning: " + warning);
    if (!memory_.empty()) {
        needs.memory_bytes = parse_bytes(memory_);
        if (needs.memory_bytes == 0)
            throw usage_error("--memory {}: no node is asked for none; --set memory=none asks for no amount", memory_);
        needs.memory_source = "--memory";
    }
    return script_variables(request, needs, settings);
}

TemplateStore template_store() {
    refuse_foreign_files("templates", ".mustache");
    std::vector<std::string> folders{"templates"};
    if (const auto folder = user_config_folder()) {
        refuse_foreign_files(*folder + "/templates", ".mustache");
        folders.push_back(*folder + "/templates");
    }
    std::error_code failed;
    const auto exe = fs::read_symlink("/proc/self/exe", failed).parent_path();
    const auto installed = (exe / ".." / "share" / "hlaunch" / "templates").lexically_normal();
    folders.push_back(fs::is_directory(installed, failed) ? installed.string() : std::string(HLAUNCH_TEMPLATES));
    return TemplateStore(std::move(folders));
}

std::string script_text(const TemplateStore& store, ScriptKind kind, const std::vector<ScriptVariable>& variables) {
    const auto name = template_name(to_string(kind));
    const auto file = store.find(name);
    const Mustache parsed(store.read(name), file ? file->path : name);
    const MustacheRules rules{.escape = shell_quote,
                              .partial = [&](const std::string& partial) -> std::optional<std::string> {
                                  const auto full = partial + ".mustache";
                                  return store.find(full) ? std::optional(store.read(full)) : std::nullopt;
                              },
                              .strict = true};
    return parsed.render(script_context(variables), rules);
}

}  // namespace hlaunch
