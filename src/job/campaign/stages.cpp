#include "job/campaign/stages.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "base/error.h"
#include "base/text/printable.h"
#include "homodyne/plan/forecast.h"
#include "homodyne/plan/task_file.h"
#include "job/campaign/fits.h"
#include "job/campaign/resume.h"
#include "job/results/nlsq_fit.h"
#include "job/session/run_rules.h"
#include "job/session/stage_instance.h"
#include "job/session/stage_run.h"
#include "job/session/warm_servers.h"
#include "job/stages/cmc_instances.h"
#include "os/files/file.h"
#include "os/host/host.h"
#include "os/io/no_links.h"
#include "run/journal/journal_lock.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

// A folder of other nodes may show a file late: a network file system looks for new ones every few seconds.
constexpr Clock::Duration longest_delay = std::chrono::seconds(10), between_looks = std::chrono::milliseconds(200);

Plan on_all_placements(const Plan& plan) {
    auto out = plan;
    out.placements = {homodyne::whole_machine(plan)};
    out.placements.front().index = 0;
    return out;
}

}  // namespace

CampaignStages::CampaignStages(JobContext& context, const CampaignPlans& plans, const CampaignWish& wish,
                               std::vector<CampaignScan>& scans, bool known_version, const CampaignRank* rank)
    : context_(context),
      plan_(plans.fits),
      sampling_plan_(plans.sampling),
      whole_(on_all_placements(plans.fits)),
      wish_(wish),
      scans_(scans),
      known_version_(known_version),
      rank_(rank) {
    if (known_version && context.request.split != homodyne::Split::none) start_warm();
}

void CampaignStages::start_warm() {
    warm_ = std::make_unique<ServedLauncher>(context_.launcher, warm_worker_speech(context_, plan_));
}

PartFolder CampaignStages::folder_of(const CampaignScan& scan, const std::string& stage) const {
    const auto& name = scan.row.scan.name;
    if (stage == "posterior") return context_.folder.scan_posterior(name);
    return stage == "sample" ? context_.folder.scan_cmc(name) : context_.folder.scan_nlsq(name);
}

bool CampaignStages::is_over(const CampaignScan& scan) const {
    return scan.row.status == "done" || scan.row.status == "failed" || scan.row.status == "bad-input";
}

StageInstance CampaignStages::survey_of(CampaignScan& scan, unsigned placement) const {
    const auto folder = folder_of(scan, "check");
    remove_whole(facts_path(context_.folder, scan));
    prepare_part(folder,
                 homodyne::scan_survey_task({.user_config = scan.row.scan.config,
                                             .cwd = fs::current_path().string(),
                                             .data = scan.row.scan.data,
                                             .q_per_angstrom = scan.row.scan.q_per_angstrom,
                                             .config = folder.config(),
                                             .facts = facts_path(context_.folder, scan),
                                             .keep_stratification = context_.analysis.keep_stratification},
                                            plan_.placements[placement]),
                 "");
    auto out = to_stage_instance(context_, plan_,
                                 homodyne::survey_instance(plan_.placements[placement], folder, context_.request),
                                 folder, scan.row.scan.name);
    out.proof_path.clear();
    out.usage_path.clear();
    return out;
}

StageInstance CampaignStages::fit_of(CampaignScan& scan, unsigned placement) const {
    return fit_in(plan_, scan, placement);
}

StageInstance CampaignStages::fit_on_all_of(CampaignScan& scan, unsigned placement) const {
    return fit_in(whole_, scan, placement);
}

StageInstance CampaignStages::fit_in(const Plan& plan, CampaignScan& scan, unsigned placement) const {
    const auto folder = folder_of(scan, "fit");
    const auto& where = plan.placements[placement];
    remove_whole(folder.out());
    remove_whole(folder.examination());
    ensure_directory(folder.out());
    // The survey of this very start has read the data and left homodyne's cache of it, and the config.
    write_atomically(folder.task(),
                     homodyne::scan_task(where, folder, shared_memory_prefix(context_, scan.row.scan.name), wish_.plots,
                                         known_version_ && context_.request.split != homodyne::Split::none)
                             .dump(1, ' ', false, nlohmann::json::error_handler_t::replace) +
                         "\n");
    auto out = to_stage_instance(context_, plan, homodyne::nlsq_instance(where, folder, context_.request), folder,
                                 scan.row.scan.name);
    out.forecast_bytes = homodyne::forecast_nlsq_bytes(*scan.facts);
    out.memory_bytes = where.memory_bytes;
    return out;
}

StageInstance CampaignStages::sampling_of(CampaignScan& scan, unsigned placement) const {
    const auto folder = folder_of(scan, "sample");
    ensure_directory(folder.root);
    forget_sampling_of_another(folder, fmt::format("{} {}", scan.row.key, hash_of_fit(folder_of(scan, "fit"))));
    Instance instance;
    instance.placement = placement;
    instance.cwd = fs::current_path().string();
    instance.argv = sampling_command(context_.analysis, context_.where, context_.limits, context_.request.app,
                                     folder_of(scan, "fit"), folder);
    return to_stage_instance(context_, sampling_plan_, instance, folder, scan.row.scan.name);
}

StageInstance CampaignStages::posterior_of(CampaignScan& scan, unsigned placement) const {
    const auto cache = folder_of(scan, "fit").cache();
    if (scan.resumed || only_helps()) remove_whole(cache);  // a stop may have cut homodyne's copy of the data short
    ensure_directory(cache);
    return posteriors_->instance(scan, placement);
}

std::optional<Outcome> CampaignStages::unfit(CampaignScan& scan, const std::string& stage, Outcome outcome,
                                             const std::string& why) const {
    scan.row.why = why;
    context_.journal.append(events::Unfit{.stage = stage, .part = scan.part, .why = why});
    return outcome;
}

// The result is looked at before it counts as done; what was found good is in the journal with its hash.
std::optional<Outcome> CampaignStages::judge(CampaignScan& scan, const std::string& stage, Outcome outcome,
                                             const ExitStatus& status) const {
    const auto folder = folder_of(scan, stage);
    scan.row.time = utc_text(context_.clock.wall());
    if (stage == "posterior") return judge_exact(scan, outcome, status);
    if (outcome == Outcome::crashed && stage == "sample")
        if (const auto verdict = judge_sampling(folder); verdict.outcome == Outcome::not_converged)
            return unfit(scan, stage, verdict.outcome, verdict.problem);
    if (outcome == Outcome::crashed) {
        const auto better = judge_of(folder)(outcome, status);
        return unfit(scan, stage, better.value_or(outcome), last_words(folder));
    }
    if (outcome != Outcome::done || stage == "check") return std::nullopt;
    const auto verdict = stage == "fit" ? judge_fit(folder) : judge_sampling(folder);
    const bool passed = verdict.problem.empty() || (stage == "fit" && verdict.fit && accepts_nlsq(context_.analysis));
    if (!passed) return unfit(scan, stage, verdict.outcome, verdict.problem);
    (stage == "fit" ? scan.row.nlsq : scan.row.cmc) = verdict.fit;
    // homodyne's copy of the data, as large as they are
    if (!scan.exact) static_cast<void>(remove_tree(folder.cache()));
    context_.journal.append(events::Checked{.stage = stage, .part = scan.part, .hash = verdict.hash});
    return std::nullopt;
}

std::optional<Outcome> CampaignStages::judge_exact(CampaignScan& scan, Outcome outcome,
                                                   const ExitStatus& status) const {
    if (outcome != Outcome::done && outcome != Outcome::crashed) return std::nullopt;
    const auto folder = folder_of(scan, "posterior");
    const auto verdict = judge_posterior(context_.folder.scan_merged(scan.row.scan.name), scan.posterior_key);
    if (verdict.fit) scan.row.exact = verdict.fit;
    if (outcome == Outcome::crashed && verdict.outcome != Outcome::not_converged) {
        auto why = posteriors_->why(scan);
        const auto better = why.empty() ? judge_of(folder)(outcome, status) : std::nullopt;
        return unfit(scan, "posterior", better.value_or(outcome), why.empty() ? last_words(folder) : why);
    }
    static_cast<void>(remove_tree(folder_of(scan, "fit").cache()));
    posteriors_->tidy(scan);
    if (!verdict.problem.empty()) return unfit(scan, "posterior", verdict.outcome, verdict.problem);
    context_.journal.append(events::Checked{.stage = "posterior", .part = scan.part, .hash = verdict.hash});
    return std::nullopt;
}

bool CampaignStages::facts_arrive(CampaignScan& scan) const {
    const auto until = context_.clock.now() + (rank_ != nullptr ? longest_delay : Clock::Duration::zero());
    while (!take_facts(context_.folder, scan, context_.analysis.mode)) {
        if (context_.clock.now() >= until) return false;
        rank_->patience();
        context_.clock.sleep(between_looks);
    }
    return true;
}

// Of a share: what a rank that has gone had done of it stays, and what cannot be seen here is left.
std::vector<CampaignScan*> CampaignStages::to_be_run(const std::string& stage,
                                                     const std::vector<std::uint64_t>& share) {
    std::optional<CampaignRecord> record;
    if (rank_->desk.dealt_again()) record.emplace(record_of(rank_->run, nullptr));
    std::vector<CampaignScan*> out;
    for (const auto at : share) {
        auto& scan = scans_.at(at);
        if (record && is_done(context_.folder, *record, scan, stage)) continue;
        if (only_helps() && stage != "check" && (!facts_arrive(scan) || !scan.facts)) {
            context_.display.note(fmt::format("hlaunch: {} of scan {} is not to be seen on {}",
                                              facts_path(context_.folder, scan), scan.row.scan.name,
                                              read_host_identity().name));
            continue;
        }
        if (stage == "sample") await_former_sampling(scan);
        out.push_back(&scan);
    }
    return out;
}

// By a rank of a former start that is still ending.
void CampaignStages::await_former_sampling(const CampaignScan& scan) const {
    const auto lock = sampling_run(folder_of(scan, "sample")).lock();
    const auto until = context_.clock.now() + duration_of(heartbeat_limit_s + 2.0 * context_.limits.grace_s);
    while (lock_status(lock).state != LockState::free && context_.clock.now() < until) {
        rank_->patience();
        context_.clock.sleep(between_looks);
    }
}

void CampaignStages::run(const std::string& stage, const std::vector<CampaignScan*>& scans, Launcher& launcher,
                         Make make) {
    if (rank_ == nullptr) return run_here(stage, plan_of(stage), scans, launcher, make);
    std::vector<DeskClient::Offered> offered;
    for (const auto* scan : scans)
        if (!only_helps())
            offered.push_back({static_cast<std::uint64_t>(scan - scans_.data()),
                               scan->facts ? static_cast<double>(scan->facts->data_points) : 1.0});
    std::set<const CampaignScan*> mine;
    run_dealt(*rank_, stage, offered, plan_of(stage).placements.size(), [&](const std::vector<std::uint64_t>& share) {
        const auto here = to_be_run(stage, share);
        mine.insert(here.begin(), here.end());
        run_here(stage, plan_of(stage), here, launcher, make);
    });
    if (only_helps()) return;
    const auto record = record_of(context_.folder, &context_.journal.history());
    for (auto* scan : scans)
        if (!mine.contains(scan)) take_from_rank(context_.folder, record, *scan, stage);
}

void CampaignStages::run_here(const std::string& stage, const Plan& plan, const std::vector<CampaignScan*>& scans,
                              Launcher& launcher, Make make) {
    if (scans.empty()) return;
    std::vector<StageInstance> instances;
    std::map<unsigned, CampaignScan*> by_part;
    for (auto* scan : scans) {
        by_part[scan->part] = scan;
        StageInstance instance;
        instance.part = scan->part;
        instance.label = scan->row.scan.name;
        instance.anywhere = true;
        instance.cost = scan->facts ? static_cast<double>(scan->facts->data_points) : 1.0;
        instance.expected_s = context_.journal.history().expected_seconds(stage, instance.cost);
        instance.judge = [this, scan, stage](Outcome outcome, const ExitStatus& status) {
            const auto better = judge(*scan, stage, outcome, status);
            if (better.value_or(outcome) != Outcome::done) return better;
            if (stage == scan->last_stage()) scan->row.status = "done";
            if (tell_result_ && stage != "check") tell_result_();
            // Told at once: should this rank go, nobody does it again.
            if (rank_ != nullptr) rank_->desk.ended({static_cast<std::uint64_t>(scan - scans_.data())}, 0.0);
            return better;
        };
        instance.place = [this, scan, make](StageInstance& placed, unsigned placement) {
            auto fresh = (this->*make)(*scan, placement);
            fresh.part = placed.part;
            fresh.anywhere = true;
            fresh.cost = placed.cost;
            fresh.expected_s = placed.expected_s;
            fresh.judge = placed.judge;
            fresh.place = placed.place;
            fresh.worker_sign.clear();
            placed = std::move(fresh);
        };
        instances.push_back(std::move(instance));
    }
    std::stable_sort(instances.begin(), instances.end(),
                     [](const StageInstance& a, const StageInstance& b) { return a.cost > b.cost; });
    std::vector<Binding> slots;
    for (const auto& placement : plan.placements)
        slots.push_back({.cpus = placement.cpus, .mems = placement.mems, .policy = placement.mem_policy});
    StageRunner runner(context_.clock, launcher, &context_.journal, context_.display, context_.deadline,
                       rules_of(context_.limits, context_.folder.root), context_.feed);
    const auto result = runner.run(stage, std::move(instances), std::move(slots));
    const auto host = read_host_identity().name;
    for (const auto& ended : result.instances) {
        auto& row = by_part.at(ended.part)->row;
        row.seconds += ended.seconds;
        row.cpu_seconds += ended.cpu_seconds;
        row.host = host;
        if (ended.outcome == Outcome::done) row.why.clear();  // of a first try
        if (ended.outcome == Outcome::done || ended.outcome == Outcome::stopped) continue;
        row.status = "failed";
        row.outcome = to_string(ended.outcome);
        if (!ended.start_failure.empty()) row.why = ended.start_failure;
        if (row.why.empty()) row.why = fmt::format("{}; {}", ended.status.text(), remedy_of(ended.outcome));
    }
    check_in_time(result);
}

void CampaignStages::check() {
    std::vector<CampaignScan*> todo;
    for (auto& scan : scans_)
        if (!is_over(scan) && !scan.row.nlsq && !scan.fitted) todo.push_back(&scan);
    if (todo.empty() && rank_ == nullptr) return;
    context_.display.note(fmt::format("hlaunch: looking at {} scan{}", todo.size(), todo.size() == 1 ? "" : "s"));
    run("check", todo, warm_or_cold(), &CampaignStages::survey_of);
    if (only_helps()) return;
    for (auto* scan : todo) {
        if (scan->row.status != "waiting") continue;
        scan->row.seconds = scan->row.cpu_seconds = 0.0;  // the table's are those of the analysis
        if (!facts_arrive(*scan)) {
            scan->row.status = "failed";
            scan->row.outcome = to_string(Outcome::outputs_missing);
            scan->row.why = "its survey left no facts; see " + folder_of(*scan, "check").stderr_log();
        }
    }
    std::set<std::string> told;  // one config serves many scans: each remark once
    for (const auto* scan : todo)
        for (const auto& note : scan->facts ? scan->facts->config_notes : std::vector<homodyne::ConfigNote>())
            if (told.insert(note.str()).second) context_.display.note("hlaunch: warning: the YAML, " + note.str());
    mark_same_q(scans_);
    for (auto* scan : todo)
        if (scan->row.status == "bad-input")
            static_cast<void>(unfit(*scan, "check", Outcome::bad_config, scan->row.why));
}

// Alone, on all placements together; what does not fit there either is told with the figures. Ranks deal scans as wide
// as a placement: on several nodes it is left to a start on one.
void CampaignStages::fit_large(const std::vector<CampaignScan*>& scans) {
    std::vector<CampaignScan*> todo;
    for (auto* scan : scans) {
        try {
            homodyne::check_nlsq_memory(*scan->facts, whole_.placements.front().memory_bytes);
            if (rank_ != nullptr)
                throw usage_error(
                    "its NLSQ needs more memory than a placement has; start the campaign once without mpirun, or with "
                    "--per machine");
            todo.push_back(scan);
        } catch (const Error& error) {
            static_cast<void>(unfit(*scan, "fit", Outcome::out_of_memory, error.what()));
            scan->row.status = "failed";
            scan->row.outcome = to_string(Outcome::out_of_memory);
        }
    }
    if (todo.empty()) return;
    warm_.reset();  // their memory is the large fits'
    context_.display.note(fmt::format("hlaunch: fitting {} large scan{} on the whole machine, one after the other",
                                      todo.size(), todo.size() == 1 ? "" : "s"));
    run_here("fit", whole_, todo, context_.launcher, &CampaignStages::fit_on_all_of);
}

void CampaignStages::fit() {
    std::vector<CampaignScan*> todo, large;
    const auto memory = std::ranges::min(plan_.placements, {}, &Placement::memory_bytes).memory_bytes;
    for (auto& scan : scans_) {
        if (is_over(scan) || scan.row.nlsq || scan.fitted) continue;
        const bool fits = !scan.facts || homodyne::nlsq_fits_in_memory(*scan.facts, memory);
        (fits ? todo : large).push_back(&scan);
    }
    if (!todo.empty() || rank_ != nullptr) {
        context_.display.note(fmt::format("hlaunch: fitting {} scan{} on {} placement{}", todo.size(),
                                          todo.size() == 1 ? "" : "s", plan_.placements.size(),
                                          plan_.placements.size() == 1 ? "" : "s"));
        run("fit", todo, warm_or_cold(), &CampaignStages::fit_of);
    }
    if (only_helps()) return;
    if (!large.empty()) fit_large(large);
    std::ranges::move(large, std::back_inserter(todo));
    for (auto* scan : todo) {
        auto& row = scan->row;
        if (row.status == "waiting" && row.nlsq && scan->last_stage() == "fit") row.status = "done";
        // A fit that was refused, or broke down, is missed as a start only.
        if (!scan->exact || row.status != "failed" || row.outcome == to_string(Outcome::lost)) continue;
        context_.display.note(
            fmt::format("hlaunch: the NLSQ fit of {} is a start only: {}", row.scan.name, printable(row.why)));
        row.status = "waiting";
        row.outcome.clear();
        row.why.clear();
        scan->fitted = true;
    }
}

void CampaignStages::sample() {
    warm_.reset();  // their memory is the samplers'
    std::vector<CampaignScan*> todo;
    for (auto& scan : scans_)
        if (!is_over(scan) && scan.sampled && scan.row.nlsq) todo.push_back(&scan);
    if (todo.empty() && rank_ == nullptr) return;
    context_.display.note(fmt::format("hlaunch: sampling {} scan{}", todo.size(), todo.size() == 1 ? "" : "s"));
    run("sample", todo, context_.launcher, &CampaignStages::sampling_of);
    if (only_helps()) return;
    for (auto* scan : todo)
        if (scan->row.status == "waiting" && scan->row.cmc) scan->row.status = "done";
}

void CampaignStages::posterior() {
    std::vector<CampaignScan*> todo;
    for (auto& scan : scans_)
        if (!is_over(scan) && scan.exact && (scan.row.nlsq || scan.fitted)) todo.push_back(&scan);
    if (todo.empty() && rank_ == nullptr) return;
    if (!warm_) start_warm();
    posteriors_ = std::make_unique<CampaignPosteriors>(context_, plan_, *warm_);
    context_.display.note(fmt::format("hlaunch: the exact posterior of {} scan{} on {} placement{}", todo.size(),
                                      todo.size() == 1 ? "" : "s", plan_.placements.size(),
                                      plan_.placements.size() == 1 ? "" : "s"));
    run("posterior", todo, posteriors_->launcher(), &CampaignStages::posterior_of);
    if (only_helps()) return;
    for (auto* scan : todo)
        if (scan->row.status == "waiting" && scan->row.exact) scan->row.status = "done";
}

}  // namespace hlaunch
