#include "job/campaign/campaign.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "base/text/printable.h"
#include "campaign/results_table.h"
#include "homodyne/plan/task_file.h"
#include "job/campaign/history.h"
#include "job/campaign/resume.h"
#include "job/campaign/stages.h"
#include "job/campaign/tables.h"
#include "job/request/key_variables.h"
#include "job/request/placements.h"
#include "job/request/preflight.h"
#include "job/results/nlsq_fit.h"
#include "job/session/context.h"
#include "job/session/interrupts.h"
#include "job/session/own_placements.h"
#include "job/session/run_session.h"
#include "job/session/stage_instance.h"
#include "job/session/stage_run.h"
#include "os/files/file.h"
#include "os/host/host.h"
#include "os/reaper/reaper_launcher.h"
#include "os/spawn/blocked_signals.h"
#include "plan/task_need.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

constexpr auto between_tables = std::chrono::seconds(20);  // while it runs

std::vector<ScanRow> rows_of(const std::vector<CampaignScan>& scans) {
    std::vector<ScanRow> out;
    for (const auto& scan : scans) out.push_back(scan.row);
    return out;
}

// Without importing the application: its Python alone is started.
homodyne::Facts ask_versions(JobContext& context, const Plan& plan) {
    const auto folder = context.folder.survey();
    const auto path = folder.root + "/facts.json";
    remove_whole(path);
    prepare_part(folder, homodyne::versions_task(path), "");
    auto instance = to_stage_instance(
        context, plan, homodyne::bare_instance(plan.placements.front(), folder, context.request), folder, "survey");
    run_alone(context, "survey", std::move(instance));
    const auto text = try_read_text(path);
    if (!text)
        throw infrastructure_error(
            "'{}' ran without hlaunch's hooks (PYTHONPATH is ignored?); give the real homodyne with --app, not a "
            "Python started with -I or -E",
            fmt::join(context.request.app, " "));
    return homodyne::facts_from_json(nlohmann::json::parse(*text), "");
}

std::size_t count(const std::vector<CampaignScan>& scans, const std::string& status) {
    return static_cast<std::size_t>(
        std::ranges::count(scans, status, [](const auto& scan) { return scan.row.status; }));
}

std::string text_of_bad(const std::vector<CampaignScan>& scans, std::size_t bad, bool over) {
    auto text = fmt::format("hlaunch: {} of {} scans cannot be analysed{}:", bad, scans.size(),
                            over ? "" : ", the others go on");
    for (const auto& scan : scans)
        if (scan.row.status == "bad-input")
            text += fmt::format("\n  {}  {}: {}", scan.row.scan.name, scan.row.outcome, printable(scan.row.why));
    return text;
}

// Told once, all together: before anything is started where nothing can be, else before the long part begins.
void settle_bad(ProgressDisplay& display, const CampaignWish& wish, const std::vector<CampaignScan>& scans,
                bool only_if_over, const std::string& told_in) {
    const auto bad = count(scans, "bad-input");
    const bool over = bad == scans.size() || wish.strict;
    if (bad == 0 || (only_if_over && !over)) return;
    display.note(text_of_bad(scans, bad, over));
    if (!over) return;
    const auto first = std::ranges::find(scans, "bad-input", [](const auto& scan) { return scan.row.status; });
    throw usage_error("{} of {} scans cannot be analysed, nothing was started; the first: {}{}", bad, scans.size(),
                      printable(first->row.why), told_in);
}

void store_plan(const RunFolder& folder, Plan plan, const std::vector<CampaignScan>& scans) {
    for (const auto& scan : scans) {
        Part part;
        part.index = scan.part;
        part.kind = "scan";
        part.name = scan.row.scan.name;
        if (scan.facts) part.cost = static_cast<double>(scan.facts->data_points);
        plan.parts.push_back(std::move(part));
    }
    write_atomically(folder.plan(), to_json(plan).dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

void journal_scans(JobContext& context, CampaignRecord& record, std::vector<CampaignScan>& scans) {
    std::vector<Event> events;
    events.emplace_back(events::Campaign{.scans = scans.size(), .host = read_host_identity().name});
    for (auto& scan : scans) {
        scan.part = record.part_of(scan.row.scan.name);
        events.emplace_back(events::Scan{.part = scan.part,
                                         .name = scan.row.scan.name,
                                         .key = scan.row.key,
                                         .posterior_key = scan.exact ? scan.posterior_key : ""});
    }
    context.journal.append_all(std::move(events));
}

// What is in the scans, for --check-only.
int tell_scans(const JobContext& context, const std::vector<CampaignScan>& scans) {
    write_tables(context.folder, rows_of(scans));
    if (context.reporting.json)
        std::fputs(
            (results_json(rows_of(scans)).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n").c_str(),
            stdout);
    else
        for (const auto& scan : scans)
            if (scan.facts && scan.row.status != "bad-input")
                fmt::print("{}  q {:.6g} 1/A, {} angles, {} frames, {} points{}{}\n", printable(scan.row.scan.name),
                           scan.facts->q, scan.facts->phi_degrees.size(), scan.facts->frames, scan.facts->data_points,
                           scan.exact     ? ", NLSQ and exact posterior"
                           : scan.sampled ? ", NLSQ and CMC"
                                          : "",
                           scan.row.status == "done" ? ", done already" : "");
    return static_cast<int>(count(scans, "bad-input") == 0 ? ExitCode::ok : ExitCode::failed);
}

int conclude(const Reporting& reporting, const std::vector<CampaignScan>& scans, const RunFolder& folder) {
    const auto rows = rows_of(scans);
    if (reporting.json)
        std::fputs((results_json(rows).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n").c_str(),
                   stdout);
    else if (!reporting.quiet)
        fmt::print("{}\ntable     {}\npictures  {}\n", results_text(rows), folder.table_csv(), folder.pictures());
    const auto failed = count(scans, "failed"), bad = count(scans, "bad-input");
    if (failed + bad == 0) return static_cast<int>(ExitCode::ok);
    throw failure("{} of {} scans have no result ({} failed, {} bad input); {} tells why of each", failed + bad,
                  scans.size(), failed, bad, folder.table_csv());
}

// A fit of a small scan gains little from a second core, so that each core gets one, as long as there are scans and
// memory for all, and an exact posterior is drawn where the fit was; an analysis with CMC takes what the main job
// would.
PlacementRequest placements_for(const JobOptions& options, const Machine& machine, std::size_t scans) {
    constexpr std::uint64_t fit_bytes =
        2ULL << 30U;  // measured: 0.65 GiB without heatmaps; the rest is room for larger scans
    auto out = options.placements;
    out.min_numa_cores = homodyne::min_numa_cores(options.analysis.mode);
    const bool exact = options.analysis.posterior.is_exact();
    const bool cmc =
        !exact && (options.analysis.mode == homodyne::Mode::cmc || options.analysis.mode == homodyne::Mode::cmc_hpc);
    const bool by_user = out.per != PlacementRequest::Per::automatic || out.instances;
    if (by_user || cmc) return out;
    const auto summary = summarize(machine);
    const auto reserved = out.reserve_cores.value_or(summary.cores >= 4 ? 1 : 0);
    std::uint64_t most = std::max(1U, summary.cores - std::min(summary.cores, reserved));
    if (summary.memory_bytes > 0) most = std::min(most, std::max<std::uint64_t>(1, summary.memory_bytes / fit_bytes));
    out.instances = static_cast<unsigned>(std::clamp<std::uint64_t>(scans, 1, most));
    return out;
}

void finish(CampaignStages& stages, const JobContext& context) {
    if (context.analysis.posterior.is_exact())
        stages.posterior();
    else
        stages.sample();
}

// All of the stages, for rank 0: its are the rows.
int help_rank_0(JobContext& context, const CampaignWish& wish, CampaignStages& stages) {
    stages.check();
    if (!wish.check_only) {
        stages.fit();
        finish(stages, context);
    }
    context.journal.append(events::Worked{});
    return static_cast<int>(ExitCode::ok);
}

int run_stages(JobContext& context, const CampaignWish& wish, std::vector<CampaignScan> scans,
               const CampaignPlans& plans, CampaignRank* rank) {
    const auto versions = ask_versions(context, plans.fits);
    if (!versions.known)
        context.display.note(
            fmt::format("hlaunch: warning: homodyne {} is no version that the hooks know: each scan gets a process of "
                        "its own, wavevectors are not checked, --plots does not count",
                        versions.version));
    if (!versions.known && context.analysis.posterior.is_exact())
        throw usage_error("homodyne {} is no version whose density the hooks know; leave --posterior out",
                          versions.version);
    const auto variables = key_variables(context.where.key_env, context.environment);
    for (auto& scan : scans) {
        set_key(scan, wish, context.analysis, versions.version, variables);
        want_posterior(scan, context.analysis.posterior, accepts_nlsq(context.analysis));
    }
    auto record = record_of(context.folder, &context.journal.history());
    journal_scans(context, record, scans);
    if (rank != nullptr) rank->fingerprint = fingerprint_of(scans);
    CampaignStages stages(context, plans, wish, scans, versions.known, rank);
    if (rank != nullptr && !rank->first()) return help_rank_0(context, wish, stages);
    std::size_t kept = 0;
    for (auto& scan : scans)
        if (scan.row.status == "waiting" &&
            take_up_former(context.folder, record, scan, context.analysis.mode, wish.retry_failed) &&
            scan.row.status == "done")
            ++kept;
    if (kept > 0) context.display.note(fmt::format("hlaunch: {} of {} scans are done already", kept, scans.size()));
    store_plan(context.folder, plans.fits, scans);
    auto next_table = context.clock.now();
    stages.on_result([&] {
        if (context.clock.now() < next_table) return;
        write_tables(context.folder, rows_of(scans));
        next_table = context.clock.now() + between_tables;
    });
    try {
        stages.check();
        settle_bad(context.display, wish, scans, false, "; all: " + context.folder.table_csv());
        store_plan(context.folder, plans.fits, scans);
        if (wish.check_only) return tell_scans(context, scans);
        stages.fit();
        finish(stages, context);
    } catch (...) {
        write_tables(context.folder, rows_of(scans));  // of what there is
        throw;
    }
    write_tables(context.folder, rows_of(scans));
    return conclude(context.reporting, scans, context.folder);
}

void introduce(const CampaignRank& rank, JournalFile& journal, const Plan& plan, const Clock& clock) {
    rank.desk.hello(plan.placements.size(), clock);
    if (rank.first()) return rank.desk.send_note(rank.rank.ranks, "folder", rank.patience);
    journal.append(events::Worker{.rank = rank.rank.rank, .host = read_host_identity().name, .pid = getpid()});
}

}  // namespace

int run_campaign(const CampaignWish& wish, const JobOptions& options, const Machine& machine,
                 const Environment& environment, const RankDesk* company) {
    if (machine.foreign)
        throw usage_error("a campaign is for the machine it is started on: --topology only plans (hlaunch plan)");
    auto request = check_request(options.analysis, environment);
    const auto scans = collect_scans(wish);
    RunSession session(options.folder, options.limits, options.reporting);
    auto& display = session.display();
    if (company == nullptr) settle_bad(display, wish, scans, true, "");
    CampaignPlans plans{plan_of_placements(machine, placements_for(options, machine, scans.size())), {}};
    plans.sampling =
        options.analysis.mode == homodyne::Mode::automatic ? plan_placements(options, machine) : plans.fits;
    check_tasks(plans.fits, need_of_commands(plans.fits.placements.size()));
    for (const auto& warning : plans.fits.warnings) display.note("hlaunch: warning: " + warning);
    const BlockedSignals between_stages;
    std::optional<CampaignRank> rank;
    if (company != nullptr) rank.emplace(CampaignRank{company->desk, company->rank, [&] { check(between_stages); }});
    // Rank 0 makes the folder a run's, before others put anything there.
    if (rank && !rank->first()) static_cast<void>(rank->desk.await_note(rank->patience));
    const RunFolder run{check_output(options.folder, "campaign")};
    const auto folder = rank ? folder_of_rank(run, rank->rank) : run;
    if (rank) {
        if (options.folder.fresh)
            throw usage_error("--fresh is for one machine: remove {}, or start it there once", options.folder.output);
        keep_own_placements(plans.fits, rank->rank, false);
        keep_own_placements(plans.sampling, rank->rank, true);
        rank->run = run;
        ensure_directory(folder.root);
    }
    session.open(folder, "campaign");
    if (!rank || rank->first()) session.note_kind("campaign");
    if (rank) introduce(*rank, *session.journal(), plans.fits, session.clock());
    auto context = session.context(options.analysis, std::move(request), environment);
    return session.run([&] { return run_stages(context, wish, scans, plans, rank ? &*rank : nullptr); });
}

}  // namespace hlaunch
