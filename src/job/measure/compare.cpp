#include "job/measure/compare.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "homodyne/config/by_hand.h"
#include "job/analysis/survey_alone.h"
#include "job/measure/short_runs.h"
#include "job/request/placements.h"
#include "job/session/interrupts.h"
#include "job/session/run_rules.h"
#include "job/session/stage_instance.h"
#include "job/session/stage_run.h"
#include "os/files/file.h"
#include "os/files/temporary_folder.h"
#include "os/reaper/reaper_launcher.h"
#include "plan/run_folder.h"
#include "run/stage/stage_runner.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

// One analysis, ready to be run by any way.
struct ReadyAnalysis {
    const JobOptions& options;
    const Environment& environment;
    const BlockedSignals& signals;
    std::string folder, configs;
};

std::string config_of(const ReadyAnalysis& ready, const WayInstance& instance) {
    return instance.seed ? fmt::format("{}/config-{:03}.yaml", ready.configs, *instance.seed)
                         : ready.configs + "/config.yaml";
}

std::vector<StageInstance> stage_instances(const ReadyAnalysis& ready, const WayPlan& plan, const RunFolder& folder) {
    std::vector<StageInstance> out;
    for (const auto& instance : plan.instances) {
        const auto index = static_cast<unsigned>(out.size());
        const auto part = folder.part(index);
        prepare_part(part, nlohmann::json::object(), config_of(ready, instance));
        StageInstance stage;
        stage.part = stage.placement = index;
        stage.label = fmt::format("{} {}", to_string(plan.way), index);
        const auto name = fmt::format("{}-{}-{}", getpid(), to_string(plan.way), index);
        auto environment = ready.environment;
        environment.set("HLAUNCH_INSTANCE", name);
        stage.marker = "HLAUNCH_INSTANCE=" + name;
        // Names nothing of homodyne's own, but has what it maps removed after it was killed.
        stage.shm_prefix = "hl-" + name + "-";
        stage.spec.argv = instance.argv;
        stage.spec.env = environment.list();
        stage.spec.cwd = instance.cwd;
        stage.spec.stdout_path = part.stdout_log();
        stage.spec.stderr_path = part.stderr_log();
        stage.spec.die_with_parent = true;
        stage.usage_path = part.usage();
        out.push_back(std::move(stage));
    }
    return out;
}

// Where homodyne's own words are: the instances', or those of the parts that hlaunch started.
std::vector<std::string> sampling_logs(const WayPlan& plan, const RunFolder& folder) {
    std::vector<std::string> out;
    const RunFolder inner{folder.root + "/run"};
    for (const auto& part : fs::directory_iterator(plan.way == Way::hlaunch ? inner.parts() : folder.parts()))
        out.push_back(PartFolder{part.path().string()}.stderr_log());
    return out;
}

void note(WayMeasured& measured, const std::string& text) {
    if (std::find(measured.notes.begin(), measured.notes.end(), text) == measured.notes.end())
        measured.notes.push_back(text);
}

struct OneRun {
    double whole_s = 0.0;
    std::optional<double> sampling_s{}, remote_share{};
};

OneRun read_run(const WayPlan& plan, const RunFolder& folder, WayMeasured& measured) {
    OneRun out;
    double begin = 0.0, end = 0.0;
    unsigned told = 0;
    unsigned long draws = 0;
    const auto logs = sampling_logs(plan, folder);
    for (const auto& path : logs) {
        const auto log = homodyne::read_sampling_log(try_read_text(path).value_or(""));
        draws += log.draws;
        // By hand nobody looks at this; in a slice of ours it says nothing of the whole.
        if (plan.way != Way::hlaunch && log.combined && log.combined->first < log.combined->second)
            note(measured,
                 fmt::format("{}: homodyne left {} of {} shards out of its result, and exited 0", measured.name,
                             log.combined->second - log.combined->first, log.combined->second));
        if (!log.begin_s || !log.end_s || *log.end_s < *log.begin_s) continue;
        begin = told == 0 ? *log.begin_s : std::min(begin, *log.begin_s);
        end = std::max(end, *log.end_s);
        ++told;
    }
    if (told > 0 && told == logs.size()) out.sampling_s = end - begin;
    measured.draws = draws;
    std::vector<UsageSample> usage;
    for (unsigned i = 0; i < plan.instances.size(); ++i)
        for (const auto& sample : parse_usage_csv(try_read_text(folder.part(i).usage()).value_or("")))
            usage.push_back(sample);
    out.remote_share = mean_remote_share(usage);
    return out;
}

OneRun run_way(const ReadyAnalysis& ready, const WayPlan& plan, WayMeasured& measured) {
    const RunFolder folder{ready.folder + "/" + std::string(to_string(plan.way))};
    check(ready.signals);
    SystemClock clock;
    ProgressDisplay display(ProgressDisplay::style_for(false, true));
    ReaperLauncher launcher;
    auto deadline = deadline_of(ready.options.limits, clock);
    StageRunner runner(clock, launcher, nullptr, display, deadline, rules_of(ready.options.limits, ""));
    const auto result = runner.run("compare", stage_instances(ready, plan, folder));
    check_in_time(result);
    check(ready.signals);
    double whole_s = 0.0;
    for (const auto& instance : result.instances) {
        if (!instance.start_failure.empty()) throw infrastructure_error("{}", instance.start_failure);
        if (instance.outcome != Outcome::done)
            throw failure("{}: {}", instance.status.text(), last_words(folder.part(instance.part)));
        const auto samples = folder.part(instance.part).out() + "/cmc/samples.npz";
        if (plan.way != Way::hlaunch && !fs::exists(samples))
            throw failure("homodyne exited 0 but left no cmc/samples.npz: {}", last_words(folder.part(instance.part)));
        whole_s = std::max(whole_s, instance.seconds);
    }
    auto out = read_run(plan, folder, measured);
    out.whole_s = whole_s;
    remove_whole(folder.root);
    return out;
}

void keep(const OneRun& run, WayMeasured& measured) {
    measured.whole_s.push_back(run.whole_s);
    if (run.sampling_s) measured.sampling_s.push_back(*run.sampling_s);
    if (run.remote_share) measured.remote_share.push_back(*run.remote_share);
}

void run_rounds(const CompareWish& wish, const ReadyAnalysis& ready, Compared& out) {
    const auto began = std::chrono::steady_clock::now();
    for (unsigned round = 0; round <= wish.rounds; ++round) {
        for (const auto i : order_of_round(out.plans.size(), round)) {
            auto& measured = out.measured[i];
            if (!measured.skipped.empty() || !measured.failed.empty()) continue;
            const double gone_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
            if (gone_s > wish.seconds) {
                out.cut_short = fmt::format("stopped after {:.0f} s (--seconds)", gone_s);
                return;
            }
            say(ready.options.reporting,
                fmt::format("hlaunch: {} {}", measured.name,
                            round == 0 ? "warms up" : fmt::format("round {} of {}", round, wish.rounds)));
            try {
                const auto run = run_way(ready, out.plans[i], measured);
                if (round > 0) keep(run, measured);
            } catch (const Error& error) {
                measured.failed = error.what();
            }
        }
        out.rounds = round;
    }
}

}  // namespace

Compared compare(const CompareWish& wish, const JobOptions& options, const Machine& machine,
                 const Environment& environment) {
    if (machine.foreign)
        throw usage_error("ways are measured on the machine they are for: --topology goes with --dry-run only");
    const BlockedSignals signals;
    const TemporaryFolder temporary("compare");
    ReadyAnalysis ready{options, environment, signals, temporary.path(), temporary.path() + "/configs"};
    auto local = options;
    homodyne::ShortRun short_run{.num_warmup = wish.num_warmup,
                                 .num_samples = wish.num_samples,
                                 .fix_shards = true,
                                 .seeds = seeds_needed(wish, machine)};
    local.reporting.quiet = true;
    local.reporting.json = local.analysis.learned = false;
    const auto placements = plan_placements(options, machine).placements.size();
    say(options.reporting, "hlaunch: reading the config and its data");
    const auto survey =
        survey_alone(local, machine, environment, static_cast<unsigned>(placements), ready.configs, short_run);
    const auto& facts = survey.facts;
    if (!facts.known)
        throw usage_error("homodyne {} is no version whose shards can be counted; nothing to compare", facts.version);
    if (!homodyne::wants_cmc(options.analysis.mode, facts.yaml_method))
        throw usage_error("{} runs NLSQ alone, in one instance: nothing to compare; give --mode cmc",
                          options.analysis.config);
    WaysInput input{.app = survey.request.app,
                    .hlaunch = fs::read_symlink("/proc/self/exe").string(),
                    .nlsq_result = survey.request.nlsq_result,
                    .folder = ready.folder,
                    .chains = facts.chains};
    Compared out;
    out.num_shards = facts.num_shards;
    out.chains = facts.chains;
    if (input.nlsq_result.empty()) {
        say(options.reporting, "hlaunch: nlsq, once for all ways");
        short_run.seeds = 0;
        input.nlsq_result = run_nlsq_once(local, short_run, ready.folder, machine, environment, signals);
    }
    out.plans = plan_ways(wish, options, machine, environment, input);
    for (const auto& plan : out.plans) {
        out.measured.emplace_back();
        out.measured.back().name = to_string(plan.way);
        out.measured.back().skipped = plan.skipped;
    }
    if (std::count_if(out.plans.begin(), out.plans.end(), [](const WayPlan& plan) { return plan.skipped.empty(); }) < 2)
        for (const auto& plan : out.plans)
            if (!plan.skipped.empty()) throw infrastructure_error("{}: nothing is left to compare", plan.skipped);
    run_rounds(wish, ready, out);
    return out;
}

}  // namespace hlaunch
