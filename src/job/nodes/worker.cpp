#include "job/nodes/worker.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "base/error.h"
#include "base/json_fields.h"
#include "job/analysis/analysis.h"
#include "job/nodes/file_transfer.h"
#include "job/nodes/posterior_worker.h"
#include "job/nodes/work_sharing.h"
#include "job/request/content_hash.h"
#include "job/request/placements.h"
#include "job/request/preflight.h"
#include "job/rounds/round_server.h"
#include "job/session/context.h"
#include "job/session/interrupts.h"
#include "job/session/own_placements.h"
#include "job/session/run_session.h"
#include "os/files/file.h"
#include "os/host/host.h"
#include "os/reaper/reaper_launcher.h"
#include "os/spawn/blocked_signals.h"
#include "run/journal/journal.h"
#include "run/journal/worker_runs.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

constexpr unsigned most_folders = 1000;  // of one name

void wait_for_turn(double seconds, Clock& clock, const BlockedSignals& signals) {
    constexpr auto piece = std::chrono::milliseconds(200);
    for (const auto until = clock.now() + duration_of(seconds); clock.now() < until; clock.sleep(piece)) check(signals);
}

// Until the run is prepared for this config: by us, or by another worker, which is waited for. Whose preparation failed
// while we waited has failed for us, too: a second try would take as long and end alike.
events::Prepared await_prepared(const RunFolder& run, const JobOptions& options, unsigned placements_in_all,
                                const Machine& machine, const Environment& environment, Clock& clock,
                                ProgressDisplay& display, const BlockedSignals& signals) {
    const auto config_hash = hash_file(options.analysis.config);
    bool waited = false;
    for (;; clock.sleep(worker_look)) {
        check(signals);
        const auto status = lock_status(run.lock());
        if (status.state != LockState::free) {
            if (!std::exchange(waited, true))
                display.note(fmt::format("hlaunch: waiting for {} to prepare the run (survey, NLSQ)",
                                         status.owner ? status.owner->process.host : "another worker"));
            continue;
        }
        const auto history = history_of(run);
        if (const auto& prepared = history.prepared; prepared && prepared->config_hash == config_hash) return *prepared;
        if (const auto* failed = history.ending.as<events::Failed>(); waited && failed && history.ends_with_it)
            throw failure("the run was not prepared: {}", failed->why);
        try {
            run_checked(options, {.steps = Steps::prepare, .placements_in_all = placements_in_all}, machine,
                        environment, signals);
        } catch (const Error&) {
            // Another was faster, between our look and our start.
            if (lock_status(run.lock()).state == LockState::free) throw;
        }
    }
}

// Usually the first; a former start of this job whose node was lost to the scheduler may still be at work there.
std::string free_folder(const RunFolder& run, const WorkerRank& rank) {
    const auto name = fmt::format("{}-{}", rank.job, rank.rank);
    for (unsigned i = 1; i < most_folders; ++i) {
        const auto folder = run.worker(i == 1 ? name : fmt::format("{}.{}", name, i));
        if (lock_status(RunFolder{folder}.lock()).state == LockState::free) return folder;
    }
    throw infrastructure_error("{} workers of the name {} are at work in {}", most_folders, name, run.workers());
}

// Where nodes share no folder: what workers of former starts have left on this one, so that rank 0 offers none of it
// again. Those at work send their own when they are done.
std::vector<std::string> former_files(const RunFolder& run) {
    std::vector<std::string> out;
    for (const auto& worker : worker_runs(run)) {
        if (lock_status(worker.lock()).state != LockState::free) continue;
        for (auto& name : files_below(run.root, fs::relative(worker.root, run.root))) out.push_back(std::move(name));
    }
    return out;
}

// Rank 0 prepares; where nodes share no folder it sends what the others need of it, and they what they have.
events::Prepared share_prepared(const WorkerRank& rank, const RunFolder& run, const WorkerDesk& desk,
                                const std::function<events::Prepared()>& prepare, const BlockedSignals& signals) {
    const auto patience = [&] { check(signals); };
    const IncomingFiles incoming(run.root);
    desk.client.on_piece([incoming](const RankMessage& piece) { incoming.take(piece); });
    if (rank.rank > 0) {
        const auto note = desk.client.await_note(patience);
        if (!desk.shared_folder) {
            if (rank.local_rank == 0) send_files(desk.client, 0, run.root, former_files(run), patience);
            desk.client.send_piece(0, {{"note", "sent"}}, "", patience);
        }
        return {.config_hash = text_in(note, "config_hash"),
                .shard_key = text_in(note, "shard_key"),
                .min_shards = static_cast<unsigned>(count_in(note, "min_shards"))};
    }
    auto out = prepare();
    std::vector<std::string> names;
    if (!desk.shared_folder) {
        names = files_below(run.root, fs::relative(run.survey().root, run.root));
        for (auto& name : files_below(run.root, fs::relative(run.nlsq().out(), run.root)))
            names.push_back(std::move(name));
    }
    const nlohmann::json note{
        {"config_hash", out.config_hash}, {"shard_key", out.shard_key}, {"min_shards", out.min_shards}};
    for (unsigned to = 1; to < rank.ranks; ++to) send_files(desk.client, to, run.root, names, patience);
    desk.client.send_note(rank.ranks, note, patience);
    for (unsigned from = 1; !desk.shared_folder && from < rank.ranks; ++from)
        static_cast<void>(desk.client.await_note_of(from, patience));  // or it has gone
    return out;
}

events::Worker worker_event(const WorkerRank& rank) {
    return {.rank = rank.rank, .ranks = rank.ranks, .job = rank.job, .host = read_host().name, .pid = getpid()};
}

int work(JobContext& context, const RunFolder& run, const WorkerRank& rank, const Plan& placements,
         const BlockedSignals& signals, const std::string& key, bool stay, const WorkerDesk* desk) {
    const auto facts = homodyne::facts_from_json(nlohmann::json::parse(read_text(run.survey().root + "/facts.json")),
                                                 context.analysis.config);
    context.journal.append(worker_event(rank));
    if (homodyne::wants_cmc(context.analysis.mode, facts.yaml_method)) {
        Sampling sampling{context, run, rank, placements, facts, signals, key, stay};
        // A start of the scheduler tries anew what failed in the one before.
        Claims claims(run, fs::path(context.folder.root).filename(),
                      rank.restarts == 0 ? rank.job : fmt::format("{}, restart {}", rank.job, rank.restarts),
                      context.clock);
        if (desk != nullptr)
            sample_from_desk(sampling, claims, desk->client);
        else
            sample_with_others(sampling, claims);
    }
    context.journal.append(events::Worked{});
    if (desk != nullptr && !desk->shared_folder && rank.rank > 0)
        send_files(desk->client, 0, run.root, files_below(run.root, fs::relative(context.folder.root, run.root)),
                   [&] { check(signals); });
    return static_cast<int>(ExitCode::ok);
}

// Answers the rounds of whoever leads an exact posterior, as a run of its own below the one they share.
int serve(const RunFolder& run, const WorkerRank& rank, const JobOptions& options, homodyne::AnalysisRequest request,
          const Plan& plan, const Environment& environment, const BlockedSignals& signals) {
    const RunFolder folder{free_folder(run, rank), "../../survey"};
    ensure_directory(folder.root);
    RunSession session(options.folder, options.limits, options.reporting);
    session.open(folder, "");
    auto context = session.context(options.analysis, std::move(request), environment);
    return session.run([&] {
        auto began = worker_event(rank);
        began.of = "posterior";
        context.journal.append(std::move(began));
        const auto rounds = serve_rounds(context, run, plan, signals);
        context.journal.append(events::Worked{.rounds = rounds});
        return static_cast<int>(ExitCode::ok);
    });
}

}  // namespace

int run_worker(const WorkerRank& rank, const WorkerWish& wish, const JobOptions& options, const Machine& machine,
               const Environment& environment, const WorkerDesk* desk) {
    if (machine.foreign)
        throw usage_error("a worker is for the machine it is started on: --topology only plans (hlaunch plan)");
    if (options.analysis.split != homodyne::Split::shards)
        throw usage_error("workers share the shards of one run: leave --split and --hooks out");
    const bool exact = options.analysis.posterior.is_exact();
    if (exact && desk != nullptr && !desk->shared_folder)
        throw usage_error(
            "--posterior exact over several nodes needs a run folder that all see: leave --no-shared-fs out");
    if (options.folder.fresh)
        throw usage_error(
            "--fresh would remove what other workers have drawn; remove the folder, or start hlaunch run --fresh");
    auto request = check_request(options.analysis, environment);
    auto plan = plan_placements(options, machine);
    keep_own_placements(plan, rank, false);
    const auto placements_in_all = rank.ranks * static_cast<unsigned>(plan.placements.size());
    const RunFolder run{check_output(options.folder, "run")};
    SystemClock clock;
    ProgressDisplay display(ProgressDisplay::style_for(isatty(STDERR_FILENO) == 1, options.reporting.quiet));
    for (const auto& warning : plan.warnings) display.note("hlaunch: warning: " + warning);
    const BlockedSignals signals;
    if (desk != nullptr) desk->client.hello(plan.placements.size(), clock);
    // Its own folder is a run's, too, and is known as one at the next start.
    if (desk != nullptr && !desk->shared_folder && rank.rank > 0 && !fs::exists(run.journal()))
        write_atomically(run.journal(), journal_line(journal_header()));
    wait_for_turn(std::min(600.0, wish.stagger_s * rank.rank), clock, signals);
    if (exact)
        return work_on_posterior({run, rank, options, placements_in_all, machine, environment, signals, clock, display,
                                  [&] { return serve(run, rank, options, request, plan, environment, signals); }});
    const auto prepare = [&] {
        return await_prepared(run, options, placements_in_all, machine, environment, clock, display, signals);
    };
    const auto prepared = desk != nullptr ? share_prepared(rank, run, *desk, prepare, signals) : prepare();

    const RunFolder folder{free_folder(run, rank), "../../survey"};
    ensure_directory(folder.root);
    if (request.nlsq_result.empty()) request.nlsq_result = run.nlsq().out();
    RunSession session(options.folder, options.limits, options.reporting);
    session.open(folder, "");
    auto context = session.context(options.analysis, std::move(request), environment);
    return session.run([&] { return work(context, run, rank, plan, signals, prepared.shard_key, wish.stay, desk); });
}

}  // namespace hlaunch
